/**
 * What a chaos result can be written as, besides itself. Each format is loaded when it is asked for.
 *
 * @module
 */

import { chaosAnnotationsOf } from "./annotations.ts";
import type { ChaosResult } from "./chaos_result.ts";
import { appendSummary, isAnnotated } from "./github.ts";

/** Options of every command that has a chaos result. */
export const CHAOS_OUTPUT_OPTIONS = ["html", "junit", "markdown"] as const;

/** Files to write; `null`: none. */
export type ChaosOutputFiles = Readonly<
  Record<typeof CHAOS_OUTPUT_OPTIONS[number], string | null>
>;

/** The part of the command line that says which files are wanted. */
export function readChaosOutputFiles(
  values: Readonly<Partial<Record<typeof CHAOS_OUTPUT_OPTIONS[number], string | undefined>>>,
): ChaosOutputFiles {
  const { html = null, junit = null, markdown = null } = values;
  return { html, junit, markdown };
}

/**
 * Writes the files that are wanted, and, in a job of GitHub Actions, its summary.
 *
 * @returns lines to be printed on stdout: annotations, where somebody reads them.
 */
export async function writeChaosOutputs(
  result: ChaosResult,
  { html, junit, markdown }: ChaosOutputFiles,
): Promise<string[]> {
  if (html !== null) {
    const { renderChaosPage } = await import("./html/chaos_page.ts");
    await Deno.writeTextFile(html, renderChaosPage(result));
  }
  if (junit !== null) {
    const { renderChaosJunit } = await import("./render_chaos_junit.ts");
    await Deno.writeTextFile(junit, renderChaosJunit(result));
  }
  const { renderChaosMarkdown } = await import("./render_chaos_markdown.ts");
  if (markdown !== null) await Deno.writeTextFile(markdown, renderChaosMarkdown(result));
  await appendSummary(() => renderChaosMarkdown(result));
  return isAnnotated() ? chaosAnnotationsOf(result) : [];
}
