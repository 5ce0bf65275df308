/**
 * The bytes that a shim holds back for one channel: a ring, so that each byte is copied once, in, and written from where it
 * lies.
 *
 * @module
 */

import { invariant } from "../../invariant.ts";

/** A queue of bytes with a limit. */
export class ByteRing {
  #bytes = new Uint8Array(0);
  #head = 0;
  #length = 0;
  #limit: number;

  /** @param limit the bytes it takes at most; memory for them is taken when the first ones come. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The bytes it holds. */
  get length(): number {
    return this.#length;
  }

  /** Changes the limit. What is above a lower one stays until it is dropped. */
  setLimit(limit: number): void {
    this.#limit = limit;
  }

  /** Copies as many of `bytes` as there is room for, and returns how many those are. */
  push(bytes: Uint8Array): number {
    const taken = Math.max(0, Math.min(bytes.length, this.#limit - this.#length));
    if (taken === 0) return 0;
    if (this.#bytes.length < this.#limit) this.#resize(this.#limit);
    const tail = (this.#head + this.#length) % this.#bytes.length;
    const first = Math.min(taken, this.#bytes.length - tail);
    this.#bytes.set(bytes.subarray(0, first), tail);
    this.#bytes.set(bytes.subarray(first, taken), 0);
    this.#length += taken;
    return taken;
  }

  /** The first bytes, at least 1 and at most `most` of those held; a view that stays valid until they are dropped. */
  peek(most: number): Uint8Array {
    const count = Math.min(most, this.#length, this.#bytes.length - this.#head);
    return this.#bytes.subarray(this.#head, this.#head + count);
  }

  /** Forgets the first `count` bytes. */
  drop(count: number): void {
    invariant(count <= this.#length, () => `${count} of ${this.#length} bytes dropped`);
    this.#length -= count;
    this.#head = this.#length === 0 ? 0 : (this.#head + count) % this.#bytes.length;
  }

  /** Views given out before keep the old memory. */
  #resize(capacity: number): void {
    const bytes = new Uint8Array(capacity);
    const first = this.peek(this.#length);
    bytes.set(first, 0);
    bytes.set(this.#bytes.subarray(0, this.#length - first.length), first.length);
    this.#bytes = bytes;
    this.#head = 0;
  }
}
