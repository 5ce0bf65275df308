/**
 * Time intervals, for asking how much of one is covered by others.
 *
 * @module
 */

/** From a begin to an end, in microseconds; one that never ended ends at `Infinity`. */
export type Interval = readonly [beginUs: number, endUs: number];

/**
 * How much of `life` the `intervals` cover, each microsecond counted once however many of them overlap.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(coveredUs([0, 100], [[90, 200], [10, 30], [20, 40]]), 40);
 * ```
 */
export function coveredUs(life: Interval, intervals: readonly Interval[]): number {
  let covered = 0;
  let reachedUs = life[0];
  for (const [beginUs, endUs] of intervals.toSorted((a, b) => a[0] - b[0])) {
    const fromUs = Math.max(beginUs, reachedUs);
    const toUs = Math.min(endUs, life[1]);
    if (toUs <= fromUs) continue;
    covered += toUs - fromUs;
    reachedUs = toUs;
  }
  return covered;
}
