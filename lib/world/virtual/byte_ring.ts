/**
 * The bytes that one direction of a channel holds, in a ring that grows with what it has to hold.
 *
 * @module
 */

import { invariant } from "../../invariant.ts";

const CAPACITY_MIN = 4096;

/** Up to here a loop is faster than making a view to copy from. */
const SHORT_BYTES = 64;

/** A first-in, first-out store of bytes. Each byte is copied in once and out once. */
export class ByteRing {
  #bytes = new Uint8Array(0);
  /** Where the first byte is; always below the capacity, which is a power of two. */
  #start = 0;
  #length = 0;

  /** How many bytes it holds. */
  get length(): number {
    return this.#length;
  }

  /** Adds a copy of `bytes` at the end. */
  push(bytes: Uint8Array): void {
    this.#reserve(this.#length + bytes.length);
    const capacity = this.#bytes.length;
    const end = (this.#start + this.#length) & (capacity - 1);
    const first = Math.min(bytes.length, capacity - end);
    if (first === bytes.length) {
      this.#bytes.set(bytes, end);
    } else {
      this.#bytes.set(bytes.subarray(0, first), end);
      this.#bytes.set(bytes.subarray(first), 0);
    }
    this.#length += bytes.length;
  }

  /** Moves the first `count` bytes to the beginning of `into`. */
  pull(into: Uint8Array, count: number): void {
    invariant(count <= this.#length && count <= into.length, "more bytes asked for than there are");
    const mask = this.#bytes.length - 1;
    if (count <= SHORT_BYTES) {
      for (let i = 0; i < count; i++) into[i] = this.#bytes[(this.#start + i) & mask]!;
    } else {
      const first = Math.min(count, this.#bytes.length - this.#start);
      into.set(this.#bytes.subarray(this.#start, this.#start + first));
      if (first < count) into.set(this.#bytes.subarray(0, count - first), first);
    }
    this.#start = (this.#start + count) & mask;
    this.#length -= count;
  }

  /** Inverts the bits of `mask` in the byte at `index`, counted from the first. */
  flip(index: number, mask: number): void {
    invariant(index >= 0 && index < this.#length, () => `no byte at ${index} of ${this.#length}`);
    const place = (this.#start + index) & (this.#bytes.length - 1);
    this.#bytes[place] = this.#bytes[place]! ^ mask;
  }

  /** Drops all bytes and the memory that held them. */
  clear(): void {
    this.#bytes = new Uint8Array(0);
    this.#start = 0;
    this.#length = 0;
  }

  #reserve(length: number): void {
    if (length <= this.#bytes.length) return;
    let capacity = Math.max(this.#bytes.length, CAPACITY_MIN);
    while (capacity < length) capacity *= 2;
    const bytes = new Uint8Array(capacity);
    const first = Math.min(this.#length, this.#bytes.length - this.#start);
    bytes.set(this.#bytes.subarray(this.#start, this.#start + first));
    bytes.set(this.#bytes.subarray(0, this.#length - first), first);
    this.#bytes = bytes;
    this.#start = 0;
  }
}
