/**
 * Judges thresholds on what was measured. The hard thing is what was not: a metric that is absent fails its threshold, and so does a ratio
 * to 0, since a gate that skips what is missing is none.
 *
 * @module
 */

import type { Metric } from "../lib/measure/metric.ts";
import { METRICS } from "../lib/measure/metrics.ts";
import { formatFigure } from "../lib/report/format_figure.ts";
import { describeFigures } from "../lib/report/margin.ts";
import type { RunResult, ThresholdResult, Verdict } from "../lib/report/result.ts";
import { termsOf } from "./bind_expression.ts";
import { formatExpression, formatThreshold, type Sum, type Threshold } from "./expression.ts";
import { medianOf } from "./figures.ts";

/**
 * When the idle control of an arm's runs was itself held up for longer, in milliseconds, the machine was too noisy for a threshold of that
 * arm to fail: idle loops show 3-6 ms on two busy cores, at times 28.
 */
export const NOISY_IDLE_STALL_MS = 20;

const NOISY_UNITS: readonly Metric["unit"][] = ["ms", "us", "mib-per-s"];

/** How a threshold was judged. */
export interface Judgement extends ThresholdResult {
  /** Why it did not hold, as a sentence; absent where it did. */
  readonly reason?: string;
}

/** An expression without a value, and why it has none. */
export interface Absent {
  readonly absent: string;
}

/** Judges a threshold whose selectors are spelled out. */
export function judgeThreshold(threshold: Threshold, runs: readonly RunResult[]): Judgement {
  const value = evaluate(threshold.value, runs);
  const limit = evaluate(threshold.limit, runs);
  const judged = {
    expression: formatThreshold(threshold),
    value: typeof value === "number" ? value : null,
    limit: typeof limit === "number" ? limit : null,
  };
  if (typeof value !== "number") return { ...judged, verdict: "fail", reason: value.absent };
  if (typeof limit !== "number") return { ...judged, verdict: "fail", reason: limit.absent };
  if (holds(threshold.operator, value, limit)) return { ...judged, verdict: "pass" };
  const figures = describeFigures(judged);
  const idleStallMs = longestIdleStallMs(threshold, runs);
  if (idleStallMs > NOISY_IDLE_STALL_MS) {
    const reason = `${figures}; an idle loop stood still for ${
      formatFigure(idleStallMs)
    } ms meanwhile`;
    return { ...judged, verdict: "inconclusive", reason };
  }
  return { ...judged, verdict: "fail", reason: figures };
}

/** The worst of several verdicts: a failure counts more than a doubt. */
export function worstVerdict(verdicts: Iterable<Verdict>): Verdict {
  const seen = new Set(verdicts);
  if (seen.has("fail")) return "fail";
  return seen.has("inconclusive") ? "inconclusive" : "pass";
}

/** The value of an expression over the medians of these runs. */
export function evaluate(sum: Sum, runs: readonly RunResult[]): number | Absent {
  switch (sum.kind) {
    case "number":
      return sum.value;
    case "term":
      return medianOf(runs, sum.metric, sum.selector) ??
        { absent: `${formatExpression(sum)} was not measured` };
    case "max":
      return combine(sum.of, runs, (values) => Math.max(...values));
    case "sum":
      return combine(sum.parts, runs, (values) => values.reduce((total, value) => total + value));
    case "ratio": {
      const ratio = combine([sum.of, sum.to], runs, ([of, to]) => of! / to!);
      return typeof ratio !== "number" || Number.isFinite(ratio)
        ? ratio
        : { absent: `${formatExpression(sum)} divides by 0` };
    }
  }
}

function combine(
  sums: readonly Sum[],
  runs: readonly RunResult[],
  compute: (values: readonly number[]) => number,
): number | Absent {
  const values: number[] = [];
  for (const sum of sums) {
    const value = evaluate(sum, runs);
    if (typeof value !== "number") return value;
    values.push(value);
  }
  return compute(values);
}

function holds(operator: Threshold["operator"], value: number, limit: number): boolean {
  switch (operator) {
    case "<":
      return value < limit;
    case "<=":
      return value <= limit;
    case ">":
      return value > limit;
    case ">=":
      return value >= limit;
  }
}

/** The longest stall of an idle loop beside the times and rates that a threshold compares; memory and counts no noise excuses. */
function longestIdleStallMs({ value, limit }: Threshold, runs: readonly RunResult[]): number {
  const stalls = [value, limit].flatMap(termsOf)
    .filter(({ metric }) => NOISY_UNITS.includes(METRICS[metric].unit))
    .map(({ selector }) => medianOf(runs, "floor.idle-loop.longest-stall-ms", selector) ?? 0);
  return Math.max(0, ...stalls);
}
