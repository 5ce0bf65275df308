/**
 * Statistics over the runs of an arm: few values, so exact ones. Latencies within a run go through `histogram.ts`.
 *
 * @module
 */

import { invariant } from "../invariant.ts";

/** One metric over the runs of one arm. */
export interface RunSummary {
  readonly runs: number;
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/**
 * The middle value; the mean of the two middle ones where their number is even.
 *
 * @throws {InvariantError} of no values, or of one that is not a number: a missing metric is dealt with before.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(median([3, 1, 2]), 2);
 * assertEquals(median([1, 2]), 1.5);
 * ```
 */
export function median(values: readonly number[]): number {
  const sorted = sortedNumbers(values);
  const upper = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? at(sorted, upper)
    : at(sorted, upper - 1) / 2 + at(sorted, upper) / 2;
}

/** Median, minimum and maximum over runs. @throws {InvariantError} as `median` does. */
export function summarizeRuns(values: readonly number[]): RunSummary {
  const sorted = sortedNumbers(values);
  return {
    runs: values.length,
    median: median(values),
    min: at(sorted, 0),
    max: at(sorted, sorted.length - 1),
  };
}

function sortedNumbers(values: readonly number[]): Float64Array {
  invariant(values.length > 0, "statistics of no values");
  const sorted = Float64Array.from(values).sort();
  // NaN sorts last.
  invariant(
    !Number.isNaN(at(sorted, sorted.length - 1)),
    "statistics of a value that is no number",
  );
  return sorted;
}

function at(sorted: Float64Array, index: number): number {
  const value = sorted[index];
  invariant(value !== undefined, `index ${index} of ${sorted.length} values`);
  return value;
}
