/**
 * Ways to spoil a stream, as data, so that fast-check can shrink what broke a decoder.
 *
 * @module
 */

import fc from "fast-check";
import { concat } from "../../lib/wire/concat.ts";

/** Numbers that lengths and offsets are most wrong with. */
const EXTREMES = [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0xffffffff, 2 ** 24, 2 ** 24 + 1];

/** One change. `at` is a place in the stream in parts of 2^32, `length` in bytes. */
export type Mutation =
  | { readonly kind: "flip"; readonly at: number; readonly bit: number }
  | { readonly kind: "set"; readonly at: number; readonly value: number; readonly bytes: number }
  | { readonly kind: "cut"; readonly at: number }
  | { readonly kind: "remove"; readonly at: number; readonly length: number }
  | { readonly kind: "insert"; readonly at: number; readonly inserted: Uint8Array }
  | {
    readonly kind: "duplicate";
    readonly at: number;
    readonly length: number;
    readonly to: number;
  };

/** A place in a stream, in parts of 2^32. */
export const place: fc.Arbitrary<number> = fc.nat(0xffffffff);
const length = fc.integer({ min: 1, max: 64 });

export const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constant("flip" as const), at: place, bit: fc.nat(7) }),
  fc.record({
    kind: fc.constant("set" as const),
    at: place,
    value: fc.constantFrom(...EXTREMES),
    bytes: fc.constantFrom(1, 2, 4, 8),
  }),
  fc.record({ kind: fc.constant("cut" as const), at: place }),
  fc.record({ kind: fc.constant("remove" as const), at: place, length }),
  fc.record({
    kind: fc.constant("insert" as const),
    at: place,
    inserted: fc.uint8Array({ minLength: 1, maxLength: 16 }),
  }),
  fc.record({ kind: fc.constant("duplicate" as const), at: place, length, to: place }),
);

/** The index that a place means in `bytes`. */
export function indexOf(bytes: Uint8Array, at: number): number {
  return Math.floor(at / 2 ** 32 * bytes.length);
}

/** `bytes` with one change, in a copy. */
export function mutate(bytes: Uint8Array, change: Mutation): Uint8Array {
  const at = indexOf(bytes, change.at);
  switch (change.kind) {
    case "flip": {
      const changed = bytes.slice();
      if (at < bytes.length) changed[at]! ^= 1 << change.bit;
      return changed;
    }
    case "set": {
      const changed = bytes.slice();
      for (let i = 0; i < change.bytes && at + i < bytes.length; i++) {
        changed[at + i] = Math.floor(change.value / 256 ** (change.bytes - 1 - i));
      }
      return changed;
    }
    case "cut":
      return bytes.slice(0, at);
    case "remove":
      return concat([bytes.subarray(0, at), bytes.subarray(at + change.length)]);
    case "insert":
      return concat([bytes.subarray(0, at), change.inserted, bytes.subarray(at)]);
    case "duplicate": {
      const to = indexOf(bytes, change.to);
      const copied = bytes.subarray(at, at + change.length);
      return concat([bytes.subarray(0, to), copied, bytes.subarray(to)]);
    }
  }
}
