/**
 * Delay with jitter, as tc-netem has it: when does what enters now come out?
 *
 * The delay of each entry is `time + jitter * x`, where x is drawn from the distribution: netem's tables, computed here as
 * inverse distribution functions. The hard thing is what jitter means, for it is not the standard deviation: it is netem's
 * scale, so `uniform` stays within one jitter of the mean, `normal` has the jitter as its standard deviation and ends at 4
 * of them, and `pareto` (shape 3, mean 0) lies between -2/3 and 4 jitters. What is written to a byte stream cannot
 * overtake: an entry comes out no earlier than the one before.
 *
 * @module
 */

import { unreachable } from "../invariant.ts";
import type { Random } from "../world/world.ts";
import type { Distribution, TrafficCondition } from "./conditions.ts";

/** A delay and its jitter, in microseconds. */
export type Delay = NonNullable<TrafficCondition["delay"]>;

/** netem's tables hold 16-bit numbers in units of 1/8192, so nothing in them lies beyond 4. */
const DEVIATION_MAX = 4;

/** The delays of one direction of one channel. */
export class DelayLine {
  readonly #random: Random;
  #delay: Delay | null;
  #lastUs = 0;

  /** @param random Drawn from once for each entry, only while there is jitter. */
  constructor(delay: Delay | null, random: Random) {
    this.#delay = delay;
    this.#random = random;
  }

  /** Changes the delay of later entries; `null` is none. They still do not overtake the earlier ones. */
  setDelay(delay: Delay | null): void {
    this.#delay = delay;
  }

  /** When an entry at `atUs` comes out, in integer microseconds: not before `atUs`, and not before the previous entry. */
  enter(atUs: number): number {
    this.#lastUs = Math.max(this.#lastUs, atUs, Math.round(atUs + this.#drawUs()));
    return this.#lastUs;
  }

  #drawUs(): number {
    if (this.#delay === null) return 0;
    const { timeUs, jitterUs, distribution } = this.#delay;
    if (jitterUs === 0) return timeUs;
    return timeUs + jitterUs * deviation(distribution, this.#random.fraction());
  }
}

/**
 * The inverse distribution function of a jitter of 1: the deviation that a share `p` of all draws stays below.
 *
 * @param p In [0, 1).
 * @returns At least -1 and below 1 for `uniform`, within -4 and 4 for `normal`, within -2/3 and 4 for `pareto`.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * assertAlmostEquals(deviation("normal", 0.975), 1.959964, 1e-6);
 * assertAlmostEquals(deviation("pareto", 0.875), 2 / 3, 1e-9);
 * ```
 */
export function deviation(distribution: Distribution, p: number): number {
  switch (distribution) {
    case "uniform":
      return 2 * p - 1;
    case "normal":
      return Math.max(-DEVIATION_MAX, Math.min(DEVIATION_MAX, normalQuantile(p)));
    case "pareto":
      // A Pareto variable of shape 3 has mean 3/2; the factor 4/3 is netem's.
      return Math.min(DEVIATION_MAX, (1 / Math.cbrt(1 - p) - 1.5) * 4 / 3);
    default:
      return unreachable(distribution);
  }
}

/** Coefficients of P. J. Acklam's rational approximations, highest power first; the relative error is below 1.15e-9. */
const CENTRE_ABOVE = [
  -3.969683028665376e+01,
  2.209460984245205e+02,
  -2.759285104469687e+02,
  1.383577518672690e+02,
  -3.066479806614716e+01,
  2.506628277459239e+00,
];
const CENTRE_BELOW = [
  -5.447609879822406e+01,
  1.615858368580409e+02,
  -1.556989798598866e+02,
  6.680131188771972e+01,
  -1.328068155288572e+01,
  1,
];
const TAIL_ABOVE = [
  -7.784894002430293e-03,
  -3.223964580411365e-01,
  -2.400758277161838e+00,
  -2.549732539343734e+00,
  4.374664141464968e+00,
  2.938163982698783e+00,
];
const TAIL_BELOW = [
  7.784695709041462e-03,
  3.224671290700398e-01,
  2.445134137142996e+00,
  3.754408661907416e+00,
  1,
];
const TAIL_SHARE = 0.02425;

/** The inverse of the standard normal distribution function. */
function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p === 0) return -Infinity;
  if (p >= TAIL_SHARE) {
    const q = p - 0.5;
    return q * polynomial(CENTRE_ABOVE, q * q) / polynomial(CENTRE_BELOW, q * q);
  }
  const q = Math.sqrt(-2 * Math.log(p));
  return polynomial(TAIL_ABOVE, q) / polynomial(TAIL_BELOW, q);
}

function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}
