/**
 * Draws from a Random that plans are made of.
 *
 * @module
 */

import { invariant } from "../lib/invariant.ts";
import type { Random } from "../lib/world/world.ts";

/** Whether something of probability `probability` happens. */
export function chance(random: Random, probability: number): boolean {
  return random.fraction() < probability;
}

/** One of `values`, all alike. */
export function pick<T>(random: Random, values: readonly T[]): T {
  invariant(values.length > 0, "a pick has something to pick from");
  return values[random.integer(values.length)]!;
}

/** One of the rows, by weight; weights are at least 0 and not all 0. */
export function pickWeighted<T>(
  random: Random,
  rows: readonly { readonly value: T; readonly weight: number }[],
): T {
  let left = random.fraction() * rows.reduce((sum, { weight }) => sum + weight, 0);
  for (const { value, weight } of rows) {
    left -= weight;
    if (left < 0) return value;
  }
  return rows.findLast(({ weight }) => weight > 0)!.value;
}

/**
 * An integer in [`least`, `most`] whose logarithm is uniform, so that every order of magnitude comes as often. `least` is at least 1.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { SeededRandom } from "../lib/world/seeded_random.ts";
 * const us = magnitude(new SeededRandom(1), 10, 1_000_000);
 * assert(us >= 10 && us <= 1_000_000);
 * ```
 */
export function magnitude(random: Random, least: number, most: number): number {
  const logarithm = Math.log(least) + random.fraction() * Math.log(most / least);
  return Math.min(most, Math.max(least, Math.round(Math.exp(logarithm))));
}
