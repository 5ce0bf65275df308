/**
 * When the pairs are looked at, and how much each look may be wrong. Who looks again and again until something shows will see something: so
 * the probability of a false alarm is shared among all looks that there can be, and whatever their number its sum stays within the whole
 * (Bonferroni's inequality).
 *
 * @module
 */

import { PAIRS_MAX } from "../../lib/measure/signed_rank.ts";

/**
 * The probability that a comparison of a revision with itself is a false alarm, over all figures and looks: half of the one in 1000 that is
 * promised, since the noise of runs that follow one another hangs together and Wilcoxon's test assumes that it does not (resampled recordings
 * gave 0.95 in 1000 at 0.001).
 */
export const FALSE_ALARM = 0.0005;

/** A look at the data. */
export interface Look {
  /** After so many pairs. */
  readonly pairs: number;
  /** The probability of a false alarm in this look, over all figures. */
  readonly level: number;
}

/** Of the first look, which sees what is large. A look at so few pairs needs more than one at many. */
const FIRST_SHARE = 1 / 4;
/** By how much the pairs of a look are more than those of the one before: less, and more looks would each have less. */
const GROWTH = 1.3;

/**
 * The looks, one after the other, up to the most pairs that the test takes.
 *
 * @param firstPairs pairs before the first one.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const looks = looksFrom(20);
 * assertEquals(looks.slice(0, 6).map(({ pairs }) => pairs), [20, 26, 34, 46, 60, 78]);
 * assertEquals(looks[0]?.level, FALSE_ALARM / 4);
 * ```
 */
export function looksFrom(firstPairs: number): Look[] {
  const counts: number[] = [];
  for (let pairs = firstPairs; pairs < PAIRS_MAX; pairs = evenAbove(pairs * GROWTH)) {
    counts.push(pairs);
  }
  counts.push(PAIRS_MAX);
  const rest = FALSE_ALARM * (1 - FIRST_SHARE) / Math.max(1, counts.length - 1);
  return counts.map((pairs, index) => ({
    pairs,
    level: index === 0 ? FALSE_ALARM * FIRST_SHARE : rest,
  }));
}

/** Whole rounds of ABBA. */
function evenAbove(count: number): number {
  return 2 * Math.ceil(count / 2);
}

/** Whether the base goes first in a pair: ABBA, then BAAB, so that neither drift nor what outlasts a run falls on one side. */
export function baseGoesFirst(pair: number): boolean {
  return pair % 4 === 0 || pair % 4 === 3;
}
