/**
 * How far the runs of an arm are apart, for whatever shows medians.
 *
 * @module
 */

import { summarizeRuns } from "../measure/statistics.ts";
import { formatFigure } from "./format_figure.ts";

/**
 * The least and the greatest of the values; nothing where they read alike, as those of a single run do.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals([[3, 1, 2.345], [2, 2.0001], []].map(formatSpread), ["1..3", "", ""]);
 * ```
 */
export function formatSpread(values: readonly number[]): string {
  if (values.length === 0) return "";
  const { min, max } = summarizeRuns(values);
  const [least, greatest] = [formatFigure(min), formatFigure(max)];
  return least === greatest ? "" : `${least}..${greatest}`;
}
