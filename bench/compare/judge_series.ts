/**
 * Judges every figure of a comparison at one look at the data. Pure: the same pairs, the same verdicts.
 *
 * A figure is a regression or an improvement where Wilcoxon's test on the logarithms of the pairs' ratios says so at the look's level after
 * Holm's correction for all figures. The hard thing is the rest: that nothing was found means nothing where nothing could have been found. So
 * there is `no change` only where a change of the figure's limit would have been seen and the median's interval lies within that limit;
 * anything else is `inconclusive`.
 *
 * @module
 */

import { medianInterval } from "../../lib/measure/bootstrap.ts";
import { adjustByHolm } from "../../lib/measure/holm.ts";
import type { Metric } from "../../lib/measure/metric.ts";
import { type MetricName, METRICS } from "../../lib/measure/metrics.ts";
import { signedRankP, smallestVisibleShift } from "../../lib/measure/signed_rank.ts";
import { median } from "../../lib/measure/statistics.ts";
import type { ComparedFigure } from "../../lib/report/comparison.ts";
import { worseBy } from "../../lib/report/comparison_verdict.ts";
import { SeededRandom } from "../../lib/world/seeded_random.ts";
import { formatNamedArm } from "../select_arm.ts";
import type { Series } from "./series.ts";

/** Of a median's interval. */
const CONFIDENCE = 0.95;

/** How figures are judged. */
export interface JudgeOptions {
  /** The probability of even one false alarm over all figures. */
  readonly level: number;
  /** A change smaller than this share is of no interest, whatever the metric. */
  readonly leastShare: number;
  /** Why the machine is unfit for a series; `null` where it is fit. */
  readonly unfit: (series: Series) => string | null;
}

type Verdict = ComparedFigure["verdict"];

/** Judges all series together. */
export function judgeSeries(
  series: readonly Series[],
  { level, leastShare, unfit }: JudgeOptions,
): ComparedFigure[] {
  const reasons = series.map((one) => unfit(one) ?? whyNoRatio(one));
  const fit = series.filter((_, index) => reasons[index] === null);
  const tests = testSeries(fit);
  return series.map((one, index) => {
    const reason = reasons[index] ?? null;
    const at = fit.indexOf(one);
    return judge(one, tests[at] ?? null, { level, tests: fit.length, leastShare, reason });
  });
}

/** The smallest change of a metric that is of interest. @param leastShare of any metric. */
export function limitOf(metric: MetricName, leastShare: number): number {
  const { gate }: Metric = METRICS[metric];
  return Math.max(gate.real ?? 0, leastShare);
}

/** What chance has to do with a figure. */
export interface TestedSeries {
  /** Wilcoxon's two-sided p of this figure alone. */
  readonly p: number;
  /** Holm's, of all figures. */
  readonly adjustedP: number;
}

/** Tests all series together. */
export function testSeries(series: readonly Series[]): TestedSeries[] {
  const pValues = series.map((one) => signedRankP(logRatios(one)));
  const adjusted = adjustByHolm(pValues);
  return pValues.map((p, index) => ({ p, adjustedP: adjusted[index]! }));
}

function judge(
  { scenario, arm, metric, base, head }: Series,
  p: TestedSeries | null,
  options: {
    readonly level: number;
    readonly tests: number;
    readonly leastShare: number;
    readonly reason: string | null;
  },
): ComparedFigure {
  const limit = limitOf(metric, options.leastShare);
  const common = {
    ...{ scenario, arm, metric, base, head, limit },
    baseMedian: median(base),
    headMedian: median(head),
  };
  if (p === null) {
    const nothing = { ratio: null, interval: null, p: null, adjustedP: null, visible: null };
    return { ...common, ...nothing, verdict: "unfit", reason: options.reason ?? "" };
  }
  const logs = logRatios({ base, head });
  const random = new SeededRandom(1, "bootstrap", formatNamedArm({ scenario, arm }), metric);
  const { low, high } = medianInterval(logs, CONFIDENCE, random);
  const interval = { low: Math.exp(low), high: Math.exp(high) };
  const shift = smallestVisibleShift(logs, options.level / options.tests);
  const visible = shift === null ? null : Math.expm1(shift);
  const ratio = Math.exp(median(logs));
  const worse = worseBy({ ...common, ratio });
  const isChange = p.adjustedP <= options.level && Math.abs(worse) >= limit;
  const verdict: Verdict = isChange
    ? worse > 0 ? "regression" : "improvement"
    : visible !== null && visible <= limit && isWithin(interval, limit)
    ? "no change"
    : "inconclusive";
  return { ...common, ...p, ratio, interval, visible, verdict };
}

/** Whether a ratio's interval allows of no larger change, up or down. */
function isWithin({ low, high }: { readonly low: number; readonly high: number }, limit: number) {
  return low >= 1 / (1 + limit) && high <= 1 + limit;
}

/** By which part each pair differs, as a logarithm: up and down alike, whatever the unit. */
export function logRatios({ base, head }: Pick<Series, "base" | "head">): number[] {
  return base.map((value, index) => Math.log(head[index]! / value));
}

function whyNoRatio({ metric, base, head }: Series): string | null {
  const isPositive = [...base, ...head].every((value) => value > 0);
  return isPositive ? null : `${metric} is 0 at times, and there is no ratio to 0`;
}
