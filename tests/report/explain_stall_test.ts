import { assertEquals } from "@std/assert";
import { explainStalls } from "../../lib/report/explain_stall.ts";
import type { RunDetails } from "../../lib/report/run_details.ts";
import { detailsOf } from "./results.ts";

/** A run in real time whose source's loop stood still from 1 ms on for 250 ms. */
function stalled(parts: Partial<RunDetails> = {}): RunDetails {
  const run = detailsOf(0);
  const none = { total: 0, longest: [] };
  const source = {
    ...run.sides.source,
    statuses: [
      { fromUs: 0, status: "setup", phase: 0 },
      { fromUs: 251_500, status: "active", phase: 0 },
    ],
    stalls: { total: 2, longest: [[300_000, 9000, 0], [1000, 250_000, 400]] },
  } as const;
  const sides = { source, destination: { ...run.sides.destination, stalls: none } };
  return { ...run, connects: [], idle: none, sides, ...parts };
}

Deno.test("explainStalls() says status, connect, wait for a CPU and the idle control of the longest stall", () => {
  const connect = {
    role: "preempt",
    phase: 0,
    beginUs: 900,
    endUs: 250_900,
    failure: null,
  } as const;
  assertEquals(explainStalls(stalled({ connects: [connect] })), [
    "The source's main loop stood still for 250 ms, from 1 ms after migrate: its status was setup; " +
    "the preempt channel was being connected for 250 ms of it; its thread waited for a CPU for 0.4 ms; " +
    "a loop that does nothing went on meanwhile.",
  ]);
});

Deno.test("explainStalls() names a machine that let a loop that does nothing stand still, too", () => {
  const idle = { total: 1, longest: [[0, 200_000, null]] } as const;
  assertEquals(explainStalls(stalled({ idle })), [
    "The source's main loop stood still for 250 ms, from 1 ms after migrate: its status was setup; " +
    "its thread waited for a CPU for 0.4 ms; a loop that does nothing stood still for 199 ms meanwhile.",
  ]);
});

Deno.test("explainStalls() leaves out what virtual time does not measure, and short stalls", () => {
  const { sides, ...run } = stalled({ idle: null });
  const stallsOf = (us: number) => ({
    ...run,
    sides: {
      ...sides,
      source: { ...sides.source, stalls: { total: 1, longest: [[260_000, us, null]] } },
    },
  } as const);
  assertEquals(explainStalls(stallsOf(9000)), [
    "The source's main loop stood still for 9 ms, from 260 ms after migrate: its status was active.",
  ]);
  assertEquals(explainStalls(stallsOf(5000)), []);
});
