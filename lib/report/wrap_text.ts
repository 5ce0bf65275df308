/**
 * Text for a terminal.
 *
 * @module
 */

/** The longest line. */
const WIDTH = 100;

/**
 * Breaks a text between its words, so that no line is longer than 100 letters.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(wrapText("word ".repeat(30)).split("\n").map((line) => line.length), [99, 49]);
 * ```
 */
export function wrapText(text: string): string {
  return text.replaceAll(new RegExp(`(.{1,${WIDTH}})(?:\\s+|$)`, "g"), "$1\n").trimEnd();
}
