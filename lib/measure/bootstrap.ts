/**
 * How far a median may be off: the bootstrap's percentile interval (B. Efron and R. J. Tibshirani, "An Introduction to the Bootstrap", 1993,
 * chapter 13). What was measured is drawn from again and again, with replacement, and the interval holds the middle part of the medians of
 * these draws.
 *
 * @module
 */

import { invariant } from "../invariant.ts";
import type { Random } from "../world/world.ts";

/** From where to where. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Draws: the ends of the interval are then good to a tenth of its width. */
const DRAWS = 2000;

/**
 * The interval that holds the true median with this confidence.
 *
 * @param confidence in (0, 1).
 * @throws {InvariantError} of no values, or of one that is not a number.
 */
export function medianInterval(
  values: readonly number[],
  confidence: number,
  random: Random,
): Interval {
  invariant(confidence > 0 && confidence < 1, `a confidence is ${confidence}`);
  invariant(
    values.length > 0 && !values.some(Number.isNaN),
    "the interval of no values, or no numbers",
  );
  const sorted = Float64Array.from(values).sort();
  const medians = Float64Array.from({ length: DRAWS }, () => medianOfDraw(sorted, random)).sort();
  const outside = Math.floor((1 - confidence) / 2 * DRAWS);
  return { low: medians[outside]!, high: medians[DRAWS - 1 - outside]! };
}

/** The median of as many values drawn from the sorted ones, with replacement: counted, since sorting each draw takes ten times as long. */
function medianOfDraw(sorted: Float64Array, random: Random): number {
  const size = sorted.length;
  const drawn = new Uint32Array(size);
  for (let draw = 0; draw < size; draw++) drawn[random.integer(size)]!++;
  const [lower, upper] = [(size - 1) >> 1, size >> 1];
  let below = 0;
  let first: number | undefined;
  for (let at = 0;; at++) {
    below += drawn[at]!;
    if (first === undefined && below > lower) first = sorted[at]!;
    if (below > upper) return first! / 2 + sorted[at]! / 2;
  }
}
