/**
 * Figures as people read them.
 *
 * @module
 */

/**
 * A figure with three significant digits, but never fewer than its whole ones.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals([1003.24, 16.384, 0.04321, 12345678, 2].map(formatFigure), ["1003", "16.4", "0.0432", "12345678", "2"]);
 * ```
 */
export function formatFigure(value: number): string {
  return Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
