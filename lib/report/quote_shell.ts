/**
 * Texts as words of a shell's command line.
 *
 * @module
 */

/**
 * The text as one word.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(["bench/x.yaml", "it's", ""].map(quoteShell), ["bench/x.yaml", `'it'\\''s'`, "''"]);
 * ```
 */
export function quoteShell(text: string): string {
  return /^[\w./:=,@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
