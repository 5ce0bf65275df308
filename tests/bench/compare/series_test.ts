import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { condense, keepShown, type Pair, pairUp } from "../../../bench/compare/series.ts";
import type { RunResult } from "../../../lib/report/result.ts";
import { runOf } from "../runs.ts";

function run(p50: number | null, more: Partial<RunResult> = {}): RunResult {
  const metrics = p50 === null ? {} : { "page-request.latency-p50-us": p50 };
  return { ...runOf("pages", {}, metrics), ...more };
}

Deno.test("pairUp() keeps what was measured side by side, pair by pair", () => {
  const figures = fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1 });
  fc.assert(fc.property(figures, (values) => {
    const pairs = values.map(([base, head]): Pair => ({ base: [run(base)], head: [run(head)] }));
    const { series, lost, notes } = pairUp(pairs, "real");
    assertEquals(series.map(({ base, head }) => [base, head]), [
      [values.map(([base]) => base), values.map(([, head]) => head)],
    ]);
    assertEquals([lost, notes], [[], []]);
  }));
});

Deno.test("pairUp() says which arm or metric vanished, and which is new", () => {
  const other = runOf("other", {}, {});
  const vanished = pairUp([{ base: [run(1), other], head: [run(null)] }], "real");
  assertEquals(vanished.lost, [
    "page-request.latency-p50-us of pages vanished.",
    "other vanished.",
  ]);
  const added = pairUp([{ base: [run(null)], head: [run(1), other] }], "real");
  assertEquals(added.lost, []);
  assertEquals(added.notes, [
    "page-request.latency-p50-us of pages is new: there is nothing to compare it with.",
    "other is new: there is nothing to compare it with.",
  ]);
});

Deno.test("pairUp() loses a run that ended otherwise than the base's", () => {
  const ended = run(1).outcome;
  const lost = { ...ended, guest: "none", ram: "incomplete" } as const;
  const pairs = [
    { base: [run(1)], head: [run(1, { outcome: lost, failure: "step 4 took too long" })] },
    { base: [run(1)], head: [run(1)] },
  ];
  assertEquals(pairUp(pairs, "real").lost, [
    "1 of 2 runs of pages ended otherwise than the base's: source completed, destination completed, " +
    "RAM incomplete, guest on none; it failed, too.",
  ]);
});

Deno.test("pairUp() leaves out pairs of which a run failed, and says that the base fails", () => {
  const failed = run(9, { failure: "no answer" });
  const { series, lost, notes } = pairUp([
    { base: [failed], head: [failed] },
    { base: [run(1)], head: [run(2)] },
  ], "real");
  assertEquals([series[0]?.base, series[0]?.head], [[1], [2]]);
  assertEquals([lost, notes], [[], ["The base fails in pages: no answer."]]);
});

Deno.test("pairUp() judges only what a clock gates, and what is better or worse", () => {
  const metrics = { "page-request.count": 5, "floor.stream-mib-per-s": 7, "process.cpu-ms": 1 };
  const pair = { base: [runOf("pages", {}, metrics)], head: [runOf("pages", {}, metrics)] };
  assertEquals(pairUp([pair], "real").series.map(({ metric }) => metric), ["process.cpu-ms"]);
});

Deno.test("condense() makes one run of each arm: medians, and the end of a run that failed", () => {
  const other = runOf("other", { preempt: true }, { "downtime-ms": 7 });
  const failed = run(null, { failure: "no answer" });
  const [pages, arm] = condense([run(4), other, run(1), run(3)]);
  assertEquals(pages?.metrics, { "page-request.latency-p50-us": 3 });
  assertEquals([arm?.arm, arm?.metrics], [{ preempt: true }, { "downtime-ms": 7 }]);
  const [broken] = condense([run(4), failed]);
  assertEquals([broken?.failure, broken?.metrics], ["no answer", {}]);
});

Deno.test("keepShown() keeps what a scenario shows and a comparison judges, or everything where that is nothing", () => {
  const metrics = { "downtime-ms": 1, "page-request.latency-p50-us": 2, "process.cpu-ms": 3 };
  const kept = (show?: readonly string[]) =>
    Object.keys(keepShown(runOf("pages", {}, metrics), show).metrics);
  assertEquals(kept(["process.cpu-ms", "downtime-ms"]), ["process.cpu-ms"]);
  assertEquals(kept(["downtime-ms"]), Object.keys(metrics));
  assertEquals(kept(), Object.keys(metrics));
});
