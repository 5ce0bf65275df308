/**
 * A fingerprint of a run: which task went when, and out of which kind of wait. Two runs with the same hash took the same steps.
 *
 * Integers only, two 32-bit lanes: a hash of strings would cost a fifth of the whole simulation.
 *
 * @module
 */

/** 2^32 / golden ratio, odd: spreads small numbers over all bits. */
const GOLDEN = 0x9e3779b1 | 0;
/** The 32-bit FNV prime. */
const FNV_PRIME = 0x01000193;

/** A hash that steps are mixed into, one by one. */
export class TraceHash {
  #fast = 0x811c9dc5 | 0;
  #slow = 0x2545f491;

  /** Mixes one step in. `nowNs` is a safe integer; `task` and `wait` are small integers. */
  mix(nowNs: number, task: number, wait: number): void {
    let h = this.#fast ^ (nowNs | 0);
    h = Math.imul(h ^ (h >>> 15), GOLDEN) ^ ((nowNs / 0x1_0000_0000) | 0);
    h = Math.imul(h ^ (h >>> 13), GOLDEN) ^ ((task << 5) + wait);
    h = Math.imul(h ^ (h >>> 16), GOLDEN);
    this.#fast = h;
    this.#slow = Math.imul(this.#slow ^ h, FNV_PRIME) + (h >>> 7) | 0;
  }

  /** The hash so far: 16 hexadecimal digits. */
  toString(): string {
    return hexadecimal(this.#slow) + hexadecimal(this.#fast);
  }
}

function hexadecimal(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}
