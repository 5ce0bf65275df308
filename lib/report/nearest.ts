/**
 * "Did you mean ...?": the known word that a mistyped one is nearest to.
 *
 * @module
 */

/**
 * The candidate with the fewest letters inserted, removed or replaced; `null` where even that is another word altogether.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(nearest("preemt", ["precopy", "preempt"]), "preempt");
 * assertEquals(nearest("banana", ["precopy", "preempt"]), null);
 * ```
 */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  let best: string | null = null;
  let leastEdits = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const edits = editsBetween(word.toLowerCase(), candidate.toLowerCase());
    if (edits < leastEdits) [best, leastEdits] = [candidate, edits];
  }
  return best;
}

/** `nearest` as the end of a sentence: ` (did you mean "preempt"?)`, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const candidate = nearest(word, candidates);
  return candidate === null ? "" : ` (did you mean "${candidate}"?)`;
}

/** Levenshtein's distance, row by row. */
function editsBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1];
    for (const [column, other] of [...to].entries()) {
      const replaced = row[column]! + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, row[column + 1]! + 1, next[column]! + 1));
    }
    row = next;
  }
  return row.at(-1)!;
}
