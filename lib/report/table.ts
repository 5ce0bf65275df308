/**
 * Tables for a terminal: plain columns, figures to the right, long headings over several lines, so that a row of eight metrics with QAPI's
 * long names still fits.
 *
 * @module
 */

import Table from "cli-table3";
import type { Colors } from "./colors.ts";

/** A column: its heading, and on which side its cells line up. */
export interface Column {
  readonly heading: string;
  readonly align: "left" | "right";
}

/** Letters of a heading's line. */
const HEADING_WIDTH = 13;

/** No lines around and between cells but one under the headings. */
const LINES = {
  "top": "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  "bottom": "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  "left": "",
  "left-mid": "",
  "mid": "",
  "mid-mid": "",
  "right": "",
  "right-mid": "",
  "middle": "",
} as const;

/** The text of a table, without a final newline. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  colors: Colors,
): string {
  const table = new Table({
    chars: LINES,
    colAligns: columns.map(({ align }) => align),
    style: { head: [], border: [], "padding-left": 0, "padding-right": 2, compact: true },
  });
  table.push(columns.map(({ heading }) => ({
    content: wrapHeading(heading).map(colors.bold).join("\n"),
    vAlign: "bottom" as const,
  })));
  for (const row of rows) table.push([...row]);
  return table.toString().split("\n").map((line) => line.trimEnd()).join("\n").replace(/^\n+/, "");
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
