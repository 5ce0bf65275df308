/**
 * Seeds: numbers of 64 bits, and Git's hashes, so that CI varies by commit and replays from it.
 *
 * @module
 */

import { mix32 } from "../lib/ram/mix32.ts";

/** Text that is no seed. */
export class SeedError extends Error {
  override readonly name = "SeedError";
}

const MASK = (1n << 64n) - 1n;

/**
 * Reads a seed: a number from 0 to 2^64 - 1, in decimal or with 0x, or a hash of 40 hexadecimal digits, whose first 64 bits count.
 *
 * @throws {SeedError} saying what was expected.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(parseSeed("17"), 17n);
 * assertEquals(parseSeed("d0edb8a173000000ffffffffffffffffffffffff"), 0xd0edb8a173000000n);
 * ```
 */
export function parseSeed(text: string): bigint {
  if (/^[0-9a-f]{40}$/i.test(text)) return BigInt(`0x${text.slice(0, 16)}`);
  const seed = /^([0-9]{1,20}|0x[0-9a-f]{1,16})$/i.test(text) ? BigInt(text) : -1n;
  if (seed < 0n || seed > MASK) {
    throw new SeedError(
      `Cannot read seed "${text}": expected a number from 0 to 2^64 - 1 or a hash of 40 hexadecimal digits`,
    );
  }
  return seed;
}

/** The seed of run `index` of a campaign: neighbours have nothing in common, and each can be asked for alone. */
export function seedOfRun(base: bigint, index: number): bigint {
  const at = base + BigInt(index) * 0x9e3779b97f4a7c15n;
  const low = Number(at & 0xffffffffn) | 0;
  const high = Number((at >> 32n) & 0xffffffffn) | 0;
  const first = mix32(mix32(low) ^ high) >>> 0;
  const second = mix32(mix32(high ^ 0x5bd1e995) ^ first) >>> 0;
  return (BigInt(second) << 32n) | BigInt(first);
}
