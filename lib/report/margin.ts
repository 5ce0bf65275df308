/**
 * How far a figure is from its limit, for everything that shows thresholds.
 *
 * @module
 */

import { formatFigure } from "./format_figure.ts";
import type { ThresholdResult } from "./result.ts";

/** Which side of the limit is allowed. */
export type Allowed = "below" | "above";

/**
 * Which side of its limit a threshold allows; `null` for a text that compares nothing. What stands in brackets is names, which may hold
 * anything.
 */
export function allowedSide({ expression }: Pick<ThresholdResult, "expression">): Allowed | null {
  const [, operator] = /(?:^|\s)([<>])=?(?:\s|$)/.exec(expression.replaceAll(/\[[^\]]*\]/g, "")) ??
    [];
  return operator === undefined ? null : operator === "<" ? "below" : "above";
}

/**
 * The room that is left up to the limit, as a share of the limit; negative where the figure is beyond it. `null` where one of them is
 * absent, or the limit is 0, of which nothing is a share.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(marginOf({ expression: "downtime-ms < 300", value: 240, limit: 300 }), 0.2);
 * assertEquals(marginOf({ expression: "ram.throughput-mib-per-s >= 100", value: 90, limit: 100 }), -0.1);
 * ```
 */
export function marginOf(
  threshold: Pick<ThresholdResult, "expression" | "value" | "limit">,
): number | null {
  const { value, limit } = threshold;
  const side = allowedSide(threshold);
  if (value === null || limit === null || limit === 0 || side === null) return null;
  const room = side === "below" ? limit - value : value - limit;
  return room / Math.abs(limit);
}

/**
 * A margin in words: `20 % left`, `3.5 times the limit left`, `10 % beyond`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals([0.2, -0.1, 3.5, 0].map(formatMargin), ["20 % left", "10 % beyond", "3.5 limits left", "0 % left"]);
 * ```
 */
export function formatMargin(margin: number): string {
  const size = Math.abs(margin);
  const amount = size >= 2 ? `${Number(size.toPrecision(2))} limits` : `${round(size * 100)} %`;
  return `${amount} ${margin < 0 ? "beyond" : "left"}`;
}

/** A threshold's figures in words: `value 240, limit 300, 20 % left`. */
export function describeFigures(
  threshold: Pick<ThresholdResult, "expression" | "value" | "limit">,
): string {
  const { value, limit } = threshold;
  const figure = (of: number | null) => of === null ? "not measured" : formatFigure(of);
  const margin = marginOf(threshold);
  const room = margin === null ? "" : `, ${formatMargin(margin)}`;
  return `value ${figure(value)}, limit ${figure(limit)}${room}`;
}

function round(percent: number): number {
  return percent < 10 ? Number(percent.toFixed(1)) : Math.round(percent);
}
