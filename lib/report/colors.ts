/**
 * Colours, only where somebody sees them.
 *
 * @module
 */

import pico from "picocolors";

/** Functions that colour a text, or leave it as it is. */
export type Colors = ReturnType<typeof pico.createColors>;

/**
 * The colours for an output: none where it is no terminal, or where the user has set `NO_COLOR` to anything
 * (https://no-color.org).
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(colorsFor({ isTerminal: false, noColor: "" }).red("bad"), "bad");
 * ```
 */
export function colorsFor(
  output: { readonly isTerminal: boolean; readonly noColor: string | undefined },
): Colors {
  return pico.createColors(output.isTerminal && !output.noColor);
}
