/**
 * POSTCOPY_RAM_DISCARD for any number of ranges: a command holds twelve.
 *
 * @module
 */

import type { Command } from "./commands.ts";
import { type ByteRange, MAX_DISCARD_RANGES } from "./field.ts";

/**
 * The commands that discard `ranges` of `block`, in order; none for no ranges.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const ranges = Array.from({ length: 13 }, (_, i) => ({ start: i * 8192, length: 4096 }));
 * assertEquals(discardCommands("ram", ranges).map((command) => command.ranges.length), [12, 1]);
 * ```
 */
export function discardCommands(
  block: string,
  ranges: readonly ByteRange[],
): (Command & { readonly kind: "postcopy-ram-discard" })[] {
  const commands: (Command & { readonly kind: "postcopy-ram-discard" })[] = [];
  for (let i = 0; i < ranges.length; i += MAX_DISCARD_RANGES) {
    const slice = ranges.slice(i, i + MAX_DISCARD_RANGES);
    commands.push({ kind: "postcopy-ram-discard", block, ranges: slice });
  }
  return commands;
}
