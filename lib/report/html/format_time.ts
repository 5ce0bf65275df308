/**
 * Lengths of time as people read them.
 *
 * @module
 */

import { formatFigure } from "../format_figure.ts";

const UNITS = [
  { unit: "s", us: 1e6 },
  { unit: "ms", us: 1e3 },
  { unit: "µs", us: 1 },
] as const;

/**
 * A time in the largest unit of which it has at least one.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals([0, 117, 16_384, 1_022_000].map(formatTime), ["0 µs", "117 µs", "16.4 ms", "1.02 s"]);
 * ```
 */
export function formatTime(us: number): string {
  const { unit, us: size } = UNITS.find((one) => Math.abs(us) >= one.us) ?? UNITS[2];
  return `${formatFigure(us / size)} ${unit}`;
}
