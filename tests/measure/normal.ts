/**
 * Noise for tests of statistics.
 *
 * @module
 */

import type { Random } from "../../lib/world/world.ts";

/** A draw from the standard normal distribution (G. E. P. Box and M. E. Muller, 1958). */
export function normal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.fraction()));
  return radius * Math.cos(2 * Math.PI * random.fraction());
}
