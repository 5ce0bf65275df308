/**
 * Which run of an arm stands for all of them where only one can be shown.
 *
 * @module
 */

import { summarizeRuns } from "../measure/statistics.ts";
import type { RunResult } from "./result.ts";

/**
 * The run whose figures are nearest to the medians, each distance as a share of what the figure varies by; the first of those that are
 * equally near.
 *
 * @param runs at least one.
 * @param metrics those that count; what not every run has measured does not.
 */
export function typicalRun(runs: readonly RunResult[], metrics: readonly string[]): RunResult {
  const distances = new Map(runs.map((run) => [run, 0]));
  for (const metric of metrics) {
    const values = runs.flatMap((run) => run.metrics[metric] ?? []);
    if (values.length < runs.length) continue;
    const { median, min, max } = summarizeRuns(values);
    if (min === max) continue;
    for (const [index, run] of runs.entries()) {
      const distance = Math.abs(values[index]! - median) / (max - min);
      distances.set(run, distances.get(run)! + distance);
    }
  }
  return runs.reduce((one, other) => distances.get(other)! < distances.get(one)! ? other : one);
}
