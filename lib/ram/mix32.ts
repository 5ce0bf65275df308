/**
 * A hash of 32 bits, for content and choices that must be the same everywhere.
 *
 * @module
 */

/** Mixes the bits of an integer (Wellons' lowbias32): a permutation of the 32-bit integers, so different inputs never collide. */
export function mix32(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x7feb352d);
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed, 0x846ca68b);
  return mixed ^ (mixed >>> 16);
}
