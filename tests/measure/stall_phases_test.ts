import { assertEquals } from "@std/assert";
import type { Stall } from "../../lib/measure/loop_stalls.ts";
import { placeStalls, type StatusSpan } from "../../lib/measure/stall_phases.ts";

const SPANS: readonly StatusSpan[] = [
  { fromUs: 1000, status: "setup", phase: 0 },
  { fromUs: 3000, status: "active", phase: 0 },
  { fromUs: 9000, status: "postcopy-paused", phase: 1 },
];

function stall(beginUs: number, lengthUs: number): Stall {
  return { beginUs, lengthUs, proberLateUs: 0, cpuWaitUs: null, ended: true };
}

function statusOf(beginUs: number, lengthUs: number): string | undefined {
  return placeStalls([stall(beginUs, lengthUs)], SPANS)[0]?.span?.status;
}

Deno.test("placeStalls() gives a stall the status that it shares the most time with", () => {
  assertEquals(statusOf(1500, 100), "setup");
  assertEquals(statusOf(2900, 3000), "active");
  assertEquals(statusOf(2000, 1200), "setup");
  assertEquals(statusOf(8000, 5_000_000), "postcopy-paused");
});

Deno.test("placeStalls() gives a stall before the first status none", () => {
  assertEquals(placeStalls([stall(0, 900)], SPANS)[0]?.span, null);
  assertEquals(placeStalls([stall(0, 900)], [])[0]?.span, null);
  assertEquals(statusOf(900, 1000), "setup");
});

Deno.test("placeStalls() names the connect phase", () => {
  assertEquals(placeStalls([stall(9500, 100)], SPANS)[0]?.span, SPANS[2]);
});
