/**
 * `--explain METRIC`: what a metric means, how it is measured and what it must not be taken for.
 *
 * @module
 */

import type { Metric } from "../lib/measure/metric.ts";
import { type MetricName, METRICS } from "../lib/measure/metrics.ts";

const BETTER = {
  lower: "Lower is better.",
  higher: "Higher is better.",
  neither: "It describes a run and does not judge it.",
} as const;

/** The explanation of a metric, as text. */
export function explainMetric(name: MetricName): string {
  const { unit, better, clocks, meaning }: Metric = METRICS[name];
  const where = clocks.length === 2 ? "both clocks" : `the ${clocks.join()} clock only`;
  return `${name} (unit: ${unit}; measured by ${where})\n\n${meaning} ${BETTER[better]}`;
}
