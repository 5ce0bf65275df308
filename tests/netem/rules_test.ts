import { assertEquals } from "@std/assert";
import type { ShimSpec } from "../../lib/netem/conditions.ts";
import { connectConditionOf, linkRateOf, trafficConditionOf } from "../../lib/netem/rules.ts";

const SPEC: ShimSpec = [
  { role: "preempt", phase: 0, connect: { kind: "delay", delayUs: 1000 } },
  { role: "preempt", phase: 0, connect: { kind: "refuse" }, traffic: { limitBytes: 1 } },
  { role: "preempt", traffic: { limitBytes: 2 } },
  { role: "main", direction: "source-to-destination", traffic: { limitBytes: 3 } },
  { role: "main", traffic: { limitBytes: 4 } },
  { role: "main", phase: 2, connect: { kind: "hang" } },
];

Deno.test("connectConditionOf() is the first fitting rule's that has one", () => {
  const kind = (role: "main" | "preempt", phase: number) =>
    connectConditionOf(SPEC, { role, phase })?.kind ?? null;
  assertEquals([kind("preempt", 0), kind("preempt", 1)], ["delay", null]);
  assertEquals([kind("main", 0), kind("main", 2)], [null, "hang"]);
});

Deno.test("trafficConditionOf() goes by role, phase and direction", () => {
  const limit = (role: "main" | "preempt", phase: number, back = false) =>
    trafficConditionOf(
      SPEC,
      { role, phase },
      back ? "destination-to-source" : "source-to-destination",
    )?.limitBytes;
  assertEquals([limit("preempt", 0), limit("preempt", 1), limit("preempt", 0, true)], [1, 2, 1]);
  assertEquals([limit("main", 0), limit("main", 0, true)], [3, 4]);
  assertEquals(trafficConditionOf([], { role: "main", phase: 0 }, "source-to-destination"), null);
});

Deno.test("linkRateOf() is the first rule's that gives the link a rate in this phase and direction", () => {
  const rate = (bytesPerSecond: number, of: "channel" | "link") => ({
    rate: { bytesPerSecond, of },
  });
  const spec: ShimSpec = [
    { role: "main", traffic: rate(1, "channel") },
    { role: "main", phase: 1, traffic: rate(2, "link") },
    { role: "preempt", direction: "destination-to-source", traffic: rate(3, "link") },
    { role: "preempt", traffic: rate(4, "link") },
  ];
  assertEquals(linkRateOf(spec, 0, "source-to-destination"), 4);
  assertEquals(linkRateOf(spec, 1, "source-to-destination"), 2);
  assertEquals(linkRateOf(spec, 0, "destination-to-source"), 3);
  assertEquals(linkRateOf(spec.slice(0, 1), 0, "source-to-destination"), null);
});
