import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  compareWithBaseline,
  type Difference,
} from "../../../bench/baseline/compare_with_baseline.ts";
import { gatedPartOf } from "../../../bench/baseline/baseline.ts";
import { METRICS } from "../../../lib/measure/metrics.ts";
import type { RunResult } from "../../../lib/report/result.ts";
import { runOf as namedRunOf } from "../runs.ts";

const runOf = (metrics: RunResult["metrics"], arm: RunResult["arm"] = {}) =>
  namedRunOf("test/scenario", arm, metrics);

const GATED = Object.entries(METRICS).flatMap(([name, { gate }]) =>
  gate.virtual === null ? [] : name
);

/** Runs of different arms, each with some metrics. */
const runs = fc.uniqueArray(
  fc.record({
    delay: fc.nat(20),
    metrics: fc.dictionary(fc.constantFrom(...GATED), fc.double({ min: 0, max: 1e9, noNaN: true })),
  }).map(({ delay, metrics }) => runOf({ ...metrics }, { delay })),
  { selector: ({ arm }) => arm["delay"], minLength: 1 },
);

function differencesOf(accepted: readonly RunResult[], now: readonly RunResult[]): Difference[] {
  return [...compareWithBaseline(accepted, now).differences];
}

Deno.test("compareWithBaseline() finds nothing in the runs that were accepted", () => {
  fc.assert(fc.property(runs, (accepted) => {
    const { differences, figures, nearest } = compareWithBaseline(
      accepted.map(gatedPartOf),
      accepted,
    );
    assertEquals([differences.length, nearest], [0, null]);
    assertEquals(
      figures,
      accepted.reduce((sum, { metrics }) => sum + Object.keys(metrics).length, 0),
    );
  }));
});

Deno.test("compareWithBaseline() names every arm and metric that vanished or is new", () => {
  fc.assert(fc.property(runs, runs, (accepted, now) => {
    const vanished = differencesOf(accepted, now).filter(({ kind }) => kind === "vanished");
    const added = differencesOf(now, accepted).filter(({ kind }) => kind === "new");
    const named = (differences: readonly Difference[]) =>
      differences.map((one) => `${one.arm} ${"metric" in one ? one.metric : ""}`).toSorted();
    assertEquals(named(vanished), named(added));
    const arms = now.map(({ arm }) => arm["delay"]);
    const gone = accepted.filter(({ arm }) => !arms.includes(arm["delay"]!));
    assertEquals(
      vanished.filter((one) => one.kind === "vanished" && one.metric === null).length,
      gone.length,
    );
  }));
});

Deno.test("compareWithBaseline() lets a figure move by its tolerance, and by nothing more", () => {
  const change = (old: number, now: number) =>
    differencesOf([runOf({ "downtime-ms": old })], [runOf({ "downtime-ms": now })]).length;
  assertEquals([change(100, 100.9), change(100, 99.1)], [0, 0]);
  assertEquals([change(100, 101.1), change(100, 98.9)], [1, 1]);
  assertEquals([change(0, 0), change(0, 0.001), change(0.001, 0)], [0, 1, 1]);
});

Deno.test("compareWithBaseline() tells which figure came nearest to its tolerance", () => {
  const { nearest } = compareWithBaseline(
    [runOf({ "downtime-ms": 100, "total-time-ms": 100 })],
    [runOf({ "downtime-ms": 100.2, "total-time-ms": 99.5 })],
  );
  assertEquals(nearest?.metric, "total-time-ms");
});

Deno.test("compareWithBaseline() does not look at what only a machine has", () => {
  assertEquals(differencesOf([runOf({})], [runOf({ "process.cpu-ms": 5 })]), []);
});

Deno.test("compareWithBaseline() sees an outcome that changed", () => {
  const run = runOf({});
  const lost = { ...run, outcome: { ...run.outcome, guest: "none" as const } };
  const [difference] = differencesOf([run], [lost]);
  assert(difference?.kind === "outcome");
  assertEquals([difference.field, difference.old, difference.new], [
    "guest",
    "destination",
    "none",
  ]);
});
