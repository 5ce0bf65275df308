/**
 * Tables for a terminal: plain columns, figures to the right, long headings over several lines, so that a row of eight metrics with QAPI's
 * long names still fits.
 *
 * @module
 */

import type { Colors } from "./colors.ts";

/** A column: its heading, and on which side its cells line up. */
export interface Column {
  readonly heading: string;
  readonly align: "left" | "right";
}

/** Letters of a heading's line. */
const HEADING_WIDTH = 13;

/** Between two columns. */
const GAP = "  ";

/** The text of a table, without a final newline. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  colors: Colors,
): string {
  const headings = columns.map(({ heading }) => wrapHeading(heading));
  const height = Math.max(...headings.map((lines) => lines.length));
  // Headings stand on the figures: the shorter ones begin further down.
  const head = Array.from(
    { length: height },
    (_, line) => headings.map((lines) => lines[line - height + lines.length] ?? ""),
  );
  const widths = columns.map((_, index) =>
    Math.max(...[...head, ...rows].map((cells) => cells[index]?.length ?? 0))
  );
  const renderRow = (cells: readonly string[]) =>
    columns.map(({ align }, index) => {
      const cell = cells[index] ?? "";
      const width = widths[index] ?? 0;
      return align === "right" ? cell.padStart(width) : cell.padEnd(width);
    }).join(GAP).trimEnd();
  return [...head.map(renderRow).map(colors.bold), ...rows.map(renderRow)].join("\n");
}

/**
 * A metric's or an axis's name over as many lines as it needs, broken behind dots and hyphens.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(wrapHeading("source.main-loop.longest-stall-ms"), ["source.", "main-loop.", "longest-", "stall-ms"]);
 * ```
 */
export function wrapHeading(heading: string): string[] {
  const lines: string[] = [];
  for (const part of heading.match(/[^.-]+[.-]*/g) ?? [heading]) {
    const last = lines.at(-1);
    const fits = last !== undefined && !last.endsWith(".") &&
      last.length + part.length <= HEADING_WIDTH;
    if (fits) lines[lines.length - 1] = last + part;
    else lines.push(part);
  }
  return lines;
}
