/**
 * A bitmap that Workers share: one bit a page. Several write it at once, so every change is one Atomics operation on a word of
 * 32 bits, and the bits behind the last page stay 0 whatever is done (`fill`, `invertInto` and a peer's bitmap included), so
 * that scans need no bound of their own.
 *
 * @module
 */

import { invariant } from "../invariant.ts";

/** A bitmap as it travels to another Worker. */
export interface SharedBitmapBuffer {
  readonly size: number;
  readonly buffer: SharedArrayBuffer;
}

/** A peer's bitmap of the wrong length. */
export class BitmapLengthError extends Error {
  override readonly name = "BitmapLengthError";
}

/** Bytes of a RECV_BITMAP's payload for so many pages: whole bytes, padded to 8. */
export function wireBitmapLength(pages: number): number {
  return Math.ceil(pages / 64) * 8;
}

/**
 * A fixed number of bits in shared memory, all 0 at first.
 *
 * @example Visiting what is set
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const bitmap = SharedBitmap.allocate(100);
 * bitmap.set(3);
 * bitmap.set(64);
 * const found: number[] = [];
 * for (let at = bitmap.nextSet(0); at < bitmap.size; at = bitmap.nextSet(at + 1)) found.push(at);
 * assertEquals(found, [3, 64]);
 * ```
 */
export class SharedBitmap {
  /** Bits. */
  readonly size: number;
  readonly #words: Int32Array<SharedArrayBuffer>;

  private constructor({ size, buffer }: SharedBitmapBuffer) {
    this.size = size;
    this.#words = new Int32Array(buffer);
  }

  /** A new bitmap of `size` bits; a non-negative integer. */
  static allocate(size: number): SharedBitmap {
    invariant(Number.isSafeInteger(size) && size >= 0, `A bitmap of ${size} bits`);
    return new SharedBitmap({ size, buffer: new SharedArrayBuffer(Math.ceil(size / 32) * 4) });
  }

  /** The same bitmap, seen from another Worker. */
  static attach(shared: SharedBitmapBuffer): SharedBitmap {
    return new SharedBitmap(shared);
  }

  get shared(): SharedBitmapBuffer {
    return { size: this.size, buffer: this.#words.buffer };
  }

  /** How many words of 32 bits it has; the lowest bit of a word is its first page. */
  get words(): number {
    return this.#words.length;
  }

  test(index: number): boolean {
    return (Atomics.load(this.#words, index >>> 5) & (1 << (index & 31))) !== 0;
  }

  /** Sets a bit; true when it was clear before. */
  set(index: number): boolean {
    const bit = 1 << (index & 31);
    return (Atomics.or(this.#words, index >>> 5, bit) & bit) === 0;
  }

  /** Clears a bit; true when it was set before. */
  clear(index: number): boolean {
    const bit = 1 << (index & 31);
    return (Atomics.and(this.#words, index >>> 5, ~bit) & bit) !== 0;
  }

  /** Takes the 32 bits of a word: they are clear afterwards, and whoever marks next is not lost. */
  exchangeWord(word: number): number {
    return Atomics.exchange(this.#words, word, 0);
  }

  /** Takes every set bit into `target` (of the same size); how many of them were clear there. This is a dirty sync. */
  takeInto(target: SharedBitmap): number {
    invariant(target.size === this.size, `Bitmaps of ${this.size} and ${target.size} bits`);
    let added = 0;
    for (let word = 0; word < this.#words.length; word++) {
      if (this.#words[word] === 0) continue;
      const taken = this.exchangeWord(word);
      added += popCount(taken & ~Atomics.or(target.#words, word, taken));
    }
    return added;
  }

  /** How many bits are set. */
  count(): number {
    let total = 0;
    for (let word = 0; word < this.#words.length; word++) total += popCount(this.#words[word]!);
    return total;
  }

  /** The first set bit at or behind `from`; `size` when there is none. */
  nextSet(from: number): number {
    return this.#next(from, 0);
  }

  /** The first clear bit at or behind `from`; `size` when there is none. With `nextSet` it bounds a run of pages. */
  nextClear(from: number): number {
    return this.#next(from, -1);
  }

  /** Scans for a bit that differs from those of `skip` (0 or -1). */
  #next(from: number, skip: number): number {
    if (from >= this.size) return this.size;
    const words = this.#words;
    let index = from >>> 5;
    let word = (words[index]! ^ skip) & (-1 << (from & 31));
    while (word === 0) {
      index++;
      if (index === words.length) return this.size;
      word = words[index]! ^ skip;
    }
    return Math.min(this.size, index * 32 + 31 - Math.clz32(word & -word));
  }

  /** Sets every bit. */
  fill(): void {
    for (let word = 0; word < this.#words.length; word++) {
      Atomics.store(this.#words, word, this.#mask(word));
    }
  }

  /** Clears every bit. */
  clearAll(): void {
    for (let word = 0; word < this.#words.length; word++) Atomics.store(this.#words, word, 0);
  }

  /** Stores this bitmap's complement in `target`, of the same size. */
  invertInto(target: SharedBitmap): void {
    invariant(target.size === this.size, `Bitmaps of ${this.size} and ${target.size} bits`);
    for (let word = 0; word < this.#words.length; word++) {
      Atomics.store(target.#words, word, ~this.#words[word]! & this.#mask(word));
    }
  }

  /** The bits of a word that stand for a page. */
  #mask(word: number): number {
    return lowBits(this.size - word * 32);
  }

  /** `count` bits from `first` on, as RECV_BITMAP carries a block: little-endian, padded with 0 to 8 bytes. */
  toWire(first: number, count: number): Uint8Array<ArrayBuffer> {
    invariant(first >= 0 && first + count <= this.size, `Bits ${first} + ${count}`);
    const bytes = new Uint8Array(wireBitmapLength(count));
    const view = new DataView(bytes.buffer);
    for (let at = 0; at < count; at += 32) {
      view.setInt32(at / 8, this.#read(first + at) & lowBits(count - at), true);
    }
    return bytes;
  }

  /**
   * Replaces `count` bits from `first` on by a peer's; padding is ignored.
   *
   * @throws {BitmapLengthError} when the payload has not `wireBitmapLength(count)` bytes.
   */
  fromWire(first: number, count: number, bytes: Uint8Array): void {
    invariant(first >= 0 && first + count <= this.size, `Bits ${first} + ${count}`);
    if (bytes.length !== wireBitmapLength(count)) {
      throw new BitmapLengthError(
        `Cannot read the bitmap of ${count} pages: expected ${
          wireBitmapLength(count)
        } bytes, received ${bytes.length}`,
      );
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = 0; at < count; at += 32) {
      this.#write(first + at, view.getInt32(at / 8, true), lowBits(count - at));
    }
  }

  /** 32 bits from any bit on; 0 behind the end. */
  #read(at: number): number {
    const low = this.#words[at >>> 5]! >>> (at & 31);
    if ((at & 31) === 0) return low;
    return low | ((this.#words[(at >>> 5) + 1] ?? 0) << (32 - (at & 31)));
  }

  /** Replaces the bits of `mask` from any bit on. */
  #write(at: number, value: number, mask: number): void {
    const shift = at & 31;
    this.#replace(at >>> 5, value << shift, mask << shift);
    if (shift !== 0) this.#replace((at >>> 5) + 1, value >>> (32 - shift), mask >>> (32 - shift));
  }

  #replace(word: number, value: number, mask: number): void {
    if (mask === 0) return;
    Atomics.and(this.#words, word, ~mask);
    Atomics.or(this.#words, word, value & mask);
  }
}

/** A word with its lowest `count` bits set; all of them from 32 on. */
function lowBits(count: number): number {
  return count >= 32 ? -1 : (1 << count) - 1;
}

function popCount(word: number): number {
  let pairs = word - ((word >>> 1) & 0x55555555);
  pairs = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((pairs + (pairs >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
