/**
 * "Did you mean ...?": the known word that a mistyped one is nearest to.
 *
 * @module
 */

/** Letters of a word from which on it may be the begin of a longer one. */
const BEGIN_LENGTH = 3;

/**
 * The candidate with the fewest letters inserted, removed or replaced, else the first that the word is the begin of; `null` where even
 * that is another word altogether.
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
  let leastEdits = Math.ceil(word.length / 3) + 1;
  for (const candidate of candidates) {
    const edits = editsBetween(word.toLowerCase(), candidate.toLowerCase());
    if (edits < leastEdits) [best, leastEdits] = [candidate, edits];
  }
  if (best !== null || word.length < BEGIN_LENGTH) return best;
  return [...candidates].find((candidate) => candidate.startsWith(word)) ?? null;
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
