/**
 * Shares as people read them.
 *
 * @module
 */

/**
 * A share in percent, with two significant digits, but never fewer than its whole ones.
 *
 * @param sign "+" to write it for what has grown, too.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals([0.1234, 0.01, -0.00123, 2.5].map((share) => formatPercent(share)), ["12 %", "1 %", "-0.12 %", "250 %"]);
 * assertEquals(formatPercent(0.05, "+"), "+5 %");
 * ```
 */
export function formatPercent(share: number, sign: "" | "+" = ""): string {
  const percent = share * 100;
  const digits = Math.abs(percent) >= 10
    ? String(Math.round(percent))
    : String(Number(percent.toPrecision(2)));
  return `${share > 0 ? sign : ""}${digits} %`;
}
