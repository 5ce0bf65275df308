import { assertEquals, assertRejects } from "@std/assert";
import { besideQemus, onEach } from "../../bench/beside_qemus.ts";
import { MissingError } from "../../bench/fit_engines.ts";
import { loadSuite } from "../../bench/suites.ts";
import { EMBEDDED_PAIR } from "../../lib/pair/pair.ts";
import type { QemuFacts } from "../../lib/qemu/ask_qemu.ts";

const [SCENARIO] = await loadSuite("qemu");

function twins(program: string, major: number, minor: number) {
  const qemu = { kind: "qemu", program } as const;
  const facts: QemuFacts = {
    version: { qemu: { major, minor, micro: 3 }, package: "" },
    noPostcopy: null,
  };
  return {
    engines: { source: qemu, destination: qemu },
    facts: { source: facts, destination: facts },
  };
}

Deno.test("onEach() gives every engine every arm, ours first, and warms up ours alone", () => {
  const qemus = [twins("old", 7, 2), twins("new", 11, 1), twins("own", 11, 1)];
  const { arms, warmUp } = onEach(SCENARIO!, qemus);
  assertEquals(
    Map.groupBy(arms, ({ arm }) => arm["engine"])
      .entries().map(([engine, { length }]) => [engine, length]).toArray(),
    [["embedded", 4], ["qemu-7.2.3", 4], ["qemu-11.1.3", 4], ["qemu-11.1.3-2", 4]],
  );
  const engines = new Set(arms.map((arm) => arm.engines));
  assertEquals([...engines], [EMBEDDED_PAIR, ...qemus.map((twin) => twin.engines)]);
  assertEquals(new Set(warmUp.arms.map((arm) => arm.engines)), new Set([EMBEDDED_PAIR]));
});

Deno.test("the scenario of the suite qemu says nothing of its figures that would not say of which engine", () => {
  const { meaning, thresholds } = SCENARIO!;
  assertEquals([meaning, thresholds], [
    { real: null, virtual: null },
    { real: [], virtual: [] },
  ]);
});

Deno.test("besideQemus() ends the run where a QEMU is not there", async () => {
  const qemu = { kind: "qemu", program: "/no/such/qemu" } as const;
  await assertRejects(() => besideQemus([SCENARIO!], [qemu]), MissingError, "/no/such/qemu");
});
