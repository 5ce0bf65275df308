/**
 * What a result can be written as, besides itself. Each format is loaded when it is asked for, so that a bench without a report waits for
 * none.
 *
 * @module
 */

import { annotationsOf } from "./annotations.ts";
import { appendSummary, isAnnotated } from "./github.ts";
import type { Result } from "./result.ts";

/** Options of every command that has a result, with what stands behind them in a help text. */
export const OUTPUT_OPTIONS = ["html", "junit", "markdown", "trace"] as const;

/** Files to write; `null`: none. */
export type OutputFiles = Readonly<Record<typeof OUTPUT_OPTIONS[number], string | null>>;

/** The part of the command line that says which files are wanted. */
export function readOutputFiles(
  values: Readonly<Partial<Record<typeof OUTPUT_OPTIONS[number], string | undefined>>>,
): OutputFiles {
  const { html = null, junit = null, markdown = null, trace = null } = values;
  return { html, junit, markdown, trace };
}

/**
 * Writes the files that are wanted, and, in a job of GitHub Actions, its summary.
 *
 * @param beside another result, for the report.
 * @returns lines to be printed on stdout: annotations, where somebody reads them.
 */
export async function writeOutputs(
  result: Result,
  files: OutputFiles,
  beside: Result | null = null,
): Promise<string[]> {
  if (files.html !== null) {
    const { renderBenchPage } = await import("./html/bench_page.ts");
    await Deno.writeTextFile(files.html, renderBenchPage(result, beside));
  }
  if (files.junit !== null) {
    const { renderJunit } = await import("./render_junit.ts");
    await Deno.writeTextFile(files.junit, renderJunit(result));
  }
  if (files.trace !== null) {
    const { renderTrace } = await import("./trace/render_trace.ts");
    await Deno.writeTextFile(files.trace, renderTrace(result));
  }
  const { renderMarkdown } = await import("./render_markdown.ts");
  if (files.markdown !== null) await Deno.writeTextFile(files.markdown, renderMarkdown(result));
  await appendSummary(() => renderMarkdown(result));
  return isAnnotated() ? annotationsOf(result) : [];
}
