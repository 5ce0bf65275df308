/**
 * Applies a patch to texts. The tree that a patch was made for moves on, so some lines of context may differ; what cannot be applied is
 * named by file and hunk.
 *
 * @module
 */

import { applyPatch as applyToText, formatPatch, parsePatch, structuredPatch } from "diff";
import { MutantError } from "./mutant.ts";

/** How many lines of a hunk's context may differ from the text. */
const FUZZ_LINES = 2;

/** Lines of context that a patch is made with. */
const CONTEXT_LINES = 3;

type FilePatch = ReturnType<typeof parsePatch>[number];

/** A text before and after. */
export interface Change {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/**
 * Applies a unified diff to the texts that `read` gives for its paths, from the root of the repository.
 *
 * @throws {MutantError} naming the file and the hunk that does not fit.
 */
export function applyPatch(patch: string, read: (path: string) => string): Change[] {
  const files = parsePatch(patch).filter(({ hunks }) => hunks.length > 0);
  if (files.length === 0) {
    throw new MutantError("Cannot apply a patch: expected a diff, received none");
  }
  return files.map((file) => {
    const path = (file.newFileName ?? "").replace(/^b\//, "");
    const before = read(path);
    return { path, before, after: applyFile(path, file, before) };
  });
}

/** The same changes as a diff with fresh context. */
export function formatChanges(changes: readonly Change[]): string {
  return changes.map(({ path, before, after }) => {
    const options = { context: CONTEXT_LINES };
    const patch = structuredPatch(`a/${path}`, `b/${path}`, before, after, "", "", options);
    return formatPatch(patch).replace(/^=+\n/m, "");
  }).join("");
}

function applyFile(path: string, file: FilePatch, text: string): string {
  const after = applyToText(text, file, { fuzzFactor: FUZZ_LINES });
  if (after !== false) return after;
  const index = file.hunks.findIndex((_, last) =>
    applyToText(text, { ...file, hunks: file.hunks.slice(0, last + 1) }, {
      fuzzFactor: FUZZ_LINES,
    }) === false
  );
  const { oldStart, lines } = file.hunks[index]!;
  throw new MutantError(
    `Cannot apply hunk ${index + 1} of ${file.hunks.length} to ${path}: ` +
      `expected these lines near line ${oldStart}, received others:\n${
        lines.filter((line) => !line.startsWith("+")).map((line) => `  ${line.slice(1)}`).join("\n")
      }`,
  );
}
