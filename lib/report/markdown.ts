/**
 * Pieces of Markdown, as CI shows it.
 *
 * @module
 */

import type { Verdict } from "./result.ts";

export const MARKS: Readonly<Record<Verdict, string>> = {
  pass: "✅",
  fail: "❌",
  inconclusive: "❔",
};

/** A table. @param texts columns from the left that are texts; the others are figures. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  texts: number,
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const align = headings.map((_, index) => index < texts ? "---" : "---:");
  return [line(headings), line(align), ...rows.map(line)].join("\n");
}

/** What is folded away behind a line. */
export function details(summary: string, content: string): string {
  return [`<details><summary>${escape(summary)}</summary>`, content, "</details>"].join("\n\n");
}

/** A text that Markdown makes nothing of, on one line. */
export function escape(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll(/[\\`*_{}[\]<>#|~]/g, "\\$&");
}

/** A command or a name as it is typed, in a cell of a table or outside. */
export function code(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").replaceAll("|", "\\|");
  const fence = "`".repeat(
    1 + Math.max(0, ...(line.match(/`+/g) ?? []).map(({ length }) => length)),
  );
  return fence.length === 1 ? `${fence}${line}${fence}` : `${fence} ${line} ${fence}`;
}
