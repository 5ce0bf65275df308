/**
 * A mutant as a file: the row of the defect that it puts back, one line for each column, then a unified diff against the tree.
 *
 *     id: A1
 *     fixed by: d0edb8a173 (the change)
 *     root cause: preempt connect runs synchronously in the main loop
 *     set off by: slow or black-holed connect
 *     looks like: main loop silent for the connect
 *
 *     --- a/lib/engine/source/connect.ts
 *     +++ b/lib/engine/source/connect.ts
 *     ...
 *
 * @module
 */

import { MUTANT_IDS } from "./known_defects.ts";

/** The columns of a row, as they are spelled in the file. */
const COLUMNS = ["id", "fixed by", "root cause", "set off by", "looks like"] as const;

/** A known defect, by column. */
export type DefectRow = Readonly<Record<typeof COLUMNS[number], string>>;

/** A defect with the patch that puts it back. */
export interface Mutant {
  readonly row: DefectRow;
  /** A unified diff, with paths from the root of the repository. */
  readonly patch: string;
}

/** A mutant that cannot be read or applied. */
export class MutantError extends Error {
  override readonly name = "MutantError";
}

/**
 * Reads a mutant's file.
 *
 * @throws {MutantError} when a column is missing.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const text = "id: X1\nfixed by: c0ffee\nroot cause: a\nset off by: b\nlooks like: c\n\n--- a/x.ts\n+++ b/x.ts\n";
 * assertEquals(parseMutant(text).row["fixed by"], "c0ffee");
 * ```
 */
export function parseMutant(text: string): Mutant {
  const [head = "", patch = ""] = splitAt(text, text.search(/^(?:diff --git |--- )/m));
  const lines = head.split("\n");
  const cells = COLUMNS.map((column) => {
    const line = lines.find((one) => one.startsWith(`${column}: `));
    if (line === undefined) {
      throw new MutantError(
        `Cannot read a mutant: expected a line "${column}: ...", received none`,
      );
    }
    return [column, line.slice(column.length + 2).trim()] as const;
  });
  return { row: Object.fromEntries(cells) as DefectRow, patch };
}

/** The text of a mutant's file. */
export function formatMutant({ row, patch }: Mutant): string {
  return `${COLUMNS.map((column) => `${column}: ${row[column]}\n`).join("")}\n${patch}`;
}

/** Where a mutant's file lies. */
export function mutantFile(id: string): URL {
  return new URL(`./${id}.patch`, import.meta.url);
}

/** Reads a mutant by its id. @throws {MutantError} when there is none, or its file cannot be read. */
export async function readMutant(id: string): Promise<Mutant> {
  if (!MUTANT_IDS.includes(id)) {
    throw new MutantError(`Cannot read mutant "${id}": expected one of ${MUTANT_IDS.join(", ")}`);
  }
  return parseMutant(await Deno.readTextFile(mutantFile(id)));
}

function splitAt(text: string, index: number): [string, string] {
  return index < 0 ? [text, ""] : [text.slice(0, index), text.slice(index)];
}
