/**
 * When the pairs are looked at, and how much each look may be wrong. Who looks again and again until something shows will see something: so
 * the probability of a false alarm is shared among the looks, half of what is left to each, and whatever their number its sum stays below the
 * whole (Bonferroni's inequality).
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

/**
 * The looks, one after the other, each with half as many pairs more, up to the most that the test takes.
 *
 * @param firstPairs pairs before the first one.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const looks = [...looksFrom(20)];
 * assertEquals(looks.slice(0, 3).map(({ pairs }) => pairs), [20, 30, 46]);
 * assertEquals(looks[0]?.level, FALSE_ALARM / 2);
 * ```
 */
export function* looksFrom(firstPairs: number): Generator<Look> {
  let level = FALSE_ALARM;
  let pairs = firstPairs;
  for (; pairs < PAIRS_MAX; pairs = evenAbove(pairs * 1.5)) yield { pairs, level: level /= 2 };
  yield { pairs: PAIRS_MAX, level: level / 2 };
}

/** Whole rounds of ABBA. */
function evenAbove(count: number): number {
  return 2 * Math.ceil(count / 2);
}

/** Whether the base goes first in a pair: ABBA, then BAAB, so that neither drift nor what outlasts a run falls on one side. */
export function baseGoesFirst(pair: number): boolean {
  return pair % 4 === 0 || pair % 4 === 3;
}
