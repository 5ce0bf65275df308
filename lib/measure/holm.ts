/**
 * Many tests at once: with a hundred figures, one of them is below a p of 0.01 by chance. Holm's procedure (S. Holm, "A Simple Sequentially
 * Rejective Multiple Test Procedure", Scandinavian Journal of Statistics 6 (1979), 65-70) bounds the probability of even one false alarm,
 * however the figures hang together.
 *
 * Benjamini and Hochberg's bounds the share of false alarms among all alarms instead. A gate that fails on any alarm needs the former: ten
 * true improvements in a change would buy a false regression under the latter.
 *
 * @module
 */

/**
 * Adjusts p values, so that rejecting all that are at most `level` makes a single false rejection with at most that probability.
 *
 * @returns in the order of `pValues`, each at least as large as it was.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(adjustByHolm([0.01, 0.5, 0.02]), [0.03, 0.5, 0.04]);
 * ```
 */
export function adjustByHolm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, index) => index).sort((a, b) => pValues[a]! - pValues[b]!);
  const adjusted = new Array<number>(pValues.length).fill(1);
  let largest = 0;
  for (const [step, index] of order.entries()) {
    largest = Math.max(largest, Math.min(1, pValues[index]! * (pValues.length - step)));
    adjusted[index] = largest;
  }
  return adjusted;
}
