/**
 * What came out of all runs of an arm: medians, and outcomes.
 *
 * @module
 */

import type { MetricName } from "../lib/measure/metrics.ts";
import { median } from "../lib/measure/statistics.ts";
import type { RunOutcome, RunResult } from "../lib/report/result.ts";
import type { Selector } from "./expression.ts";
import { hasValues } from "./select_arm.ts";

/** What an outcome says something about. */
export type OutcomeField = keyof RunOutcome;

/** The median of a metric over the runs of an arm; `null` when there is no run, or one has not measured it. */
export function medianOf(
  runs: readonly RunResult[],
  metric: MetricName,
  selector: Selector,
): number | null {
  const measured = valuesOf(runs, metric, selector);
  const isWhole = measured.length > 0 && measured.length === runsOf(runs, selector).length;
  return isWhole ? median(measured) : null;
}

/** What the runs of an arm have measured of a metric. */
export function valuesOf(
  runs: readonly RunResult[],
  metric: MetricName,
  selector: Selector,
): number[] {
  return runsOf(runs, selector).flatMap(({ metrics }) => metrics[metric] ?? []);
}

/** One field of the outcome of an arm: all that occurred in its runs, such as `completed`. */
export function outcomeOf(
  runs: readonly RunResult[],
  field: OutcomeField,
  selector: Selector,
): string {
  const occurred = new Set(runsOf(runs, selector).map(({ outcome }) => outcome[field]));
  return [...occurred].join(" or ");
}

function runsOf(runs: readonly RunResult[], selector: Selector): RunResult[] {
  return runs.filter((run) => hasValues(run, selector));
}
