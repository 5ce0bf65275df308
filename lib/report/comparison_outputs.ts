/**
 * What a comparison can be written as, besides itself. Each format is loaded when it is asked for.
 *
 * @module
 */

import { comparisonAnnotationsOf } from "./annotations.ts";
import type { Comparison } from "./comparison.ts";
import { appendSummary, isAnnotated } from "./github.ts";

/** Options of every command that has a comparison. */
export const COMPARISON_OUTPUT_OPTIONS = ["junit", "markdown"] as const;

/** Files to write; `null`: none. */
export type ComparisonOutputFiles = Readonly<
  Record<typeof COMPARISON_OUTPUT_OPTIONS[number], string | null>
>;

/** The part of the command line that says which files are wanted. */
export function readComparisonOutputFiles(
  values: Readonly<Partial<Record<typeof COMPARISON_OUTPUT_OPTIONS[number], string | undefined>>>,
): ComparisonOutputFiles {
  const { junit = null, markdown = null } = values;
  return { junit, markdown };
}

/**
 * Writes the files that are wanted, and, in a job of GitHub Actions, its summary.
 *
 * @returns lines to be printed on stdout: annotations, where somebody reads them.
 */
export async function writeComparisonOutputs(
  comparison: Comparison,
  { junit, markdown }: ComparisonOutputFiles,
): Promise<string[]> {
  if (junit !== null) {
    const { renderComparisonJunit } = await import("./render_comparison_junit.ts");
    await Deno.writeTextFile(junit, renderComparisonJunit(comparison));
  }
  const { renderComparisonMarkdown } = await import("./render_comparison_markdown.ts");
  if (markdown !== null) await Deno.writeTextFile(markdown, renderComparisonMarkdown(comparison));
  await appendSummary(() => renderComparisonMarkdown(comparison));
  return isAnnotated() ? comparisonAnnotationsOf(comparison) : [];
}
