/**
 * Text in XML.
 *
 * @module
 */

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/**
 * The text as it may stand in an element or a quoted attribute. Control characters, which no XML may hold, become U+FFFD.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(escapeXml(`a < "b"\u0000`), "a &lt; &quot;b&quot;\uFFFD");
 * ```
 */
export function escapeXml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (letter) => ESCAPES[letter]!)
    // deno-lint-ignore no-control-regex -- they are what is to be found
    .replaceAll(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|\p{Surrogate}/gu, "\uFFFD");
}
