import { assert, assertEquals } from "@std/assert";
import { isUndecided, StatisticalGate, verdictOf } from "../../../bench/compare/gate.ts";
import { fails, worseBy } from "../../../lib/report/comparison_verdict.ts";
import type { Series } from "../../../bench/compare/series.ts";
import type { MetricName } from "../../../lib/measure/metrics.ts";
import { SeededRandom } from "../../../lib/world/seeded_random.ts";
import { normal } from "../../measure/normal.ts";

const FAIL_ON = { verdict: "regression", share: 0.05 } as const;
const LEVEL = 0.00025;

/** Pairs of which the head is `factor` times the base, with noise. */
function pairs(metric: MetricName, factor: number, noise: number, count = 20): Series {
  const random = new SeededRandom(11).fork(metric);
  const noisy = (mean: number) =>
    Array.from({ length: count }, () => mean * Math.exp(noise * normal(random)));
  return { scenario: "pages", arm: {}, metric, base: noisy(100), head: noisy(100 * factor) };
}

function judge(...series: readonly Series[]) {
  return new StatisticalGate(FAIL_ON, () => null).look(series, LEVEL);
}

Deno.test("StatisticalGate tells regressions from improvements, whichever way is better", () => {
  const figures = judge(
    pairs("page-request.latency-p50-us", 1.4, 0.02),
    pairs("downtime-ms", 0.8, 0.02),
    pairs("ram.throughput-mib-per-s", 0.7, 0.02),
  );
  assertEquals(figures.map(({ verdict }) => verdict), ["regression", "improvement", "regression"]);
  assertEquals(figures.map((figure) => fails(figure, FAIL_ON)), [true, false, true]);
  assertEquals(verdictOf(figures, [], FAIL_ON), "fail");
});

Deno.test("StatisticalGate says no change only with what it would have seen", () => {
  const [figure] = judge(pairs("page-request.latency-p50-us", 1, 0.03));
  assert(figure !== undefined && figure.visible !== null);
  assertEquals(figure.verdict, "no change");
  assert(figure.visible <= figure.limit);
  assertEquals(verdictOf([figure], [], FAIL_ON), "pass");
});

Deno.test("StatisticalGate is inconclusive where noise or too few pairs would hide a change", () => {
  const noisy = judge(pairs("page-request.latency-p50-us", 1, 0.5));
  const few = judge(pairs("page-request.latency-p50-us", 1, 0.01, 6));
  assertEquals([...noisy, ...few].map(({ verdict }) => verdict), ["inconclusive", "inconclusive"]);
  assertEquals([few[0]?.visible, isUndecided(few)], [null, true]);
  assertEquals(verdictOf(few, [], FAIL_ON), "inconclusive");
});

Deno.test("StatisticalGate gives no verdict on a machine that is unfit, nor on ratios to 0", () => {
  const series = pairs("downtime-ms", 3, 0.01);
  const [figure] = new StatisticalGate(FAIL_ON, () => "too noisy").look([series], LEVEL);
  assertEquals([figure?.verdict, figure?.reason, figure?.p], ["unfit", "too noisy", null]);
  const [zero] = judge({ ...series, base: series.base.map(() => 0) });
  assertEquals(zero?.reason, "downtime-ms is 0 at times, and there is no ratio to 0");
  assertEquals(verdictOf([figure!], [], FAIL_ON), "inconclusive");
});

Deno.test("StatisticalGate speaks of a change from the metric's own limit on, and asks for more pairs near it", () => {
  const verdictOfShift = (factor: number) => {
    const [figure] = judge(pairs("page-request.latency-p50-us", factor, 0.03));
    return [figure?.verdict, figure?.limit];
  };
  assertEquals([1.05, 1.24, 1.4].map(verdictOfShift), [
    ["no change", 0.25],
    ["inconclusive", 0.25],
    ["regression", 0.25],
  ]);
});

Deno.test("StatisticalGate keeps what an earlier look has found", () => {
  const gate = new StatisticalGate(FAIL_ON, () => null);
  const series = pairs("downtime-ms", 1.2, 0.05);
  assertEquals(gate.look([series], LEVEL)[0]?.verdict, "regression");
  assertEquals(gate.look([series], 1e-12)[0]?.verdict, "regression");
});

Deno.test("verdictOf() fails for what vanished, and does not pass where nothing was compared", () => {
  assertEquals(verdictOf([], ["pages vanished."], FAIL_ON), "fail");
  assertEquals(verdictOf([], [], FAIL_ON), "inconclusive");
});

Deno.test("worseBy() is as large for twice as fast as for twice as slow", () => {
  const medians = { baseMedian: 1, headMedian: 1 };
  const of = (metric: MetricName, ratio: number) => worseBy({ metric, ratio, ...medians });
  assertEquals([of("downtime-ms", 2), of("downtime-ms", 0.5)], [1, -1]);
  assertEquals([of("ram.throughput-mib-per-s", 2), of("ram.throughput-mib-per-s", 0.5)], [-1, 1]);
});
