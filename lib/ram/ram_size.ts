/**
 * Sizes of guest RAM, as QEMU's `-m` spells them.
 *
 * @module
 */

import { PAGE_SIZE, RamLayoutError } from "./ram_block.ts";

const UNITS: ReadonlyMap<string, number> = new Map([
  ["", 2 ** 20],
  ["K", 2 ** 10],
  ["M", 2 ** 20],
  ["G", 2 ** 30],
]);

/**
 * Reads a size: a number and K, M or G; without a unit it is in MiB.
 *
 * @returns bytes, a multiple of `PAGE_SIZE`
 * @throws {RamLayoutError} when it does not parse or is not whole pages
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(parseRamSize("256M"), 268435456);
 * assertEquals(parseRamSize("1G"), parseRamSize("1024"));
 * ```
 */
export function parseRamSize(text: string): number {
  const match = /^(\d{1,12})([KMG]?)$/.exec(text);
  const bytes = Number(match?.[1]) * (UNITS.get(match?.[2] ?? "") ?? NaN);
  if (match === null || bytes === 0 || bytes % PAGE_SIZE !== 0) {
    throw new RamLayoutError(
      `Cannot read RAM size "${text}": expected a number with K, M or G, in whole pages of ${PAGE_SIZE} bytes`,
    );
  }
  return bytes;
}
