/**
 * Wilcoxon's signed-rank test: whether pairs differ, without a word about how their noise is distributed (F. Wilcoxon, "Individual
 * Comparisons by Ranking Methods", Biometrics Bulletin 1 (1945), 80-83). Under no difference each pair is as likely to differ by d as by -d,
 * so the sum of the ranks of those that went down has a distribution that can be counted.
 *
 * The hard thing is ties and small probabilities. A gate over many figures asks for p values of a millionth, where the usual normal
 * approximation is off by factors, and whole milliseconds tie. So the distribution is counted exactly for the ranks that are there, ties
 * included (Streitberg and Röhmel, "Exact distributions for permutation and rank tests", Statistical Software Newsletter 12 (1986), 10-17):
 * that is one sum for each pair. Pairs without a difference say nothing and are left out, as Wilcoxon did.
 *
 * @module
 */

import { invariant } from "../invariant.ts";
import { median } from "./statistics.ts";

/** More pairs than are ever made: counting takes the cube of them. */
export const PAIRS_MAX = 400;

/**
 * The probability of differences at least as one-sided as these, either way, where there is none: two-sided p.
 *
 * @throws {InvariantError} of more than 400 differences, or of one that is not a number.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(signedRankP([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), 2 / 2 ** 10);
 * assertEquals(signedRankP([0, 0]), 1);
 * ```
 */
export function signedRankP(differences: readonly number[]): number {
  invariant(differences.length <= PAIRS_MAX, `${differences.length} pairs are too many`);
  invariant(differences.every(Number.isFinite), "a pair differs by what is no number");
  const moved = differences.filter((difference) => difference !== 0);
  const ranks = doubledRanks(moved.map(Math.abs));
  const sumOf = (sign: number) =>
    ranks.reduce((sum, rank, index) => moved[index]! * sign > 0 ? sum + rank : sum, 0);
  const least = Math.min(sumOf(1), sumOf(-1));
  return Math.min(1, 2 * lowerTail(ranks, least));
}

/**
 * The smallest effect that the test could have seen: had every pair differed by so much more than it did, with the noise that there was,
 * the test at this level would have spoken. `null` where no effect is large enough for so few pairs.
 *
 * It is the end of the confidence interval that belongs to the test, made of the means of all pairs of differences (J. L. Hodges and E. L.
 * Lehmann, "Estimates of Location Based on Rank Tests", Annals of Mathematical Statistics 34 (1963), 598-611), seen from the median.
 *
 * @param level of the test, two-sided.
 */
export function smallestVisibleShift(
  differences: readonly number[],
  level: number,
): number | null {
  const allowed = criticalSum(differences.length, level);
  if (allowed === null) return null;
  const middle = median(differences);
  const centred = differences.map((difference) => difference - middle);
  const means = centred.flatMap((one, index) =>
    centred.slice(index).map((other) => (one + other) / 2)
  ).sort((a, b) => a - b);
  // Either direction may be the wider one.
  return Math.max(-means[allowed]!, means[means.length - 1 - allowed]!);
}

/** The largest sum of ranks of one sign at which so many pairs, no two alike, are significant; `null` if none is. */
export function criticalSum(pairs: number, level: number): number | null {
  const ways = waysWithoutTies(pairs);
  const all = 2 ** pairs;
  let below = 0;
  let sum = -1;
  // Sums of doubled ranks are even here.
  while (2 * (sum + 1) < ways.length) {
    below += ways[2 * (sum + 1)]!;
    if (2 * below / all > level) break;
    sum++;
  }
  return sum < 0 ? null : sum;
}

/** How probable it is that the ranks of one sign sum up to at most this, each having either sign. */
function lowerTail(ranks: readonly number[], sum: number): number {
  const ways = hasTies(ranks) ? waysBySum(ranks) : waysWithoutTies(ranks.length);
  let below = 0;
  for (let at = 0; at <= sum; at++) below += ways[at]!;
  return below / 2 ** ranks.length;
}

/** The ways of 1, 2, 3, ... doubled. They are asked for again and again, and counted once for each number of pairs. */
function waysWithoutTies(pairs: number): Float64Array {
  const known = countedWays.get(pairs);
  if (known !== undefined) return known;
  const ways = waysBySum(Array.from({ length: pairs }, (_, index) => 2 * (index + 1)));
  countedWays.set(pairs, ways);
  return ways;
}

const countedWays = new Map<number, Float64Array>();

function hasTies(ranks: readonly number[]): boolean {
  return new Set(ranks).size < ranks.length || ranks.some((rank) => rank % 2 === 1);
}

/** In how many ways some of the ranks sum up to each number. */
function waysBySum(ranks: readonly number[]): Float64Array {
  const total = ranks.reduce((sum, rank) => sum + rank, 0);
  const ways = new Float64Array(total + 1);
  ways[0] = 1;
  let reached = 0;
  for (const rank of ranks) {
    reached += rank;
    for (let sum = reached; sum >= rank; sum--) ways[sum]! += ways[sum - rank]!;
  }
  return ways;
}

/** Ranks from 1, doubled, so that those of ties, which are means, stay whole. */
function doubledRanks(sizes: readonly number[]): number[] {
  const order = sizes.map((_, index) => index).sort((a, b) => sizes[a]! - sizes[b]!);
  const ranks = new Array<number>(sizes.length).fill(0);
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to + 1 < order.length && sizes[order[to + 1]!] === sizes[order[from]!]) to++;
    for (let at = from; at <= to; at++) ranks[order[at]!] = from + to + 2;
    from = to + 1;
  }
  return ranks;
}
