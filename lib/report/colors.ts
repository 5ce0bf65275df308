/**
 * Colours, only where somebody sees them. No package: loading one through Deno's CommonJS layer takes 7 MiB of a process whose memory
 * is measured.
 *
 * @module
 */

/** Functions that colour a text, or leave it as it is. */
export interface Colors {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
}

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
  const isOn = output.isTerminal && !output.noColor;
  const code = (on: number, off: number) => (text: string) =>
    isOn ? `\x1b[${on}m${text}\x1b[${off}m` : text;
  return {
    bold: code(1, 22),
    dim: code(2, 22),
    red: code(31, 39),
    green: code(32, 39),
    yellow: code(33, 39),
  };
}
