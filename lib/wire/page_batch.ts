/**
 * Bytes to be written that do not lie in one piece: heads of RAM records, and between them pages that are still where they are
 * in guest RAM. Copying them together would cost the sender as much again as the kernel's own copy.
 *
 * The hard thing is when a page is read: only while the batch is being written. A guest that writes to the page meanwhile sets
 * its dirty bit, so that the page goes out again; whoever takes a page away waits until the write has ended.
 *
 * @module
 */

import { copyPage } from "../ram/copy_page.ts";
import { PAGE_SIZE } from "../ram/ram_block.ts";

/**
 * Heads with pages between them.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const page = new Uint8Array(4096).fill(7);
 * const batch: PageBatch = new PageBatch(Uint8Array.of(1, 2, 3), [page], [2]);
 * assertEquals(batch.length, 4099);
 * assertEquals([...batch.join(1, 4)], [2, 7, 7]);
 * assertEquals(batch.join().at(-1), 3);
 * ```
 */
export class PageBatch {
  /**
   * @param heads all that is not a page, in one piece.
   * @param pages the pages, PAGE_SIZE bytes each; they may lie on a SharedArrayBuffer.
   * @param cuts for each page, behind how many of the bytes of `heads` it stands; never falling.
   */
  constructor(
    readonly heads: Uint8Array,
    readonly pages: readonly Uint8Array[],
    readonly cuts: readonly number[],
  ) {}

  /** Bytes in all. */
  get length(): number {
    return this.heads.length + this.pages.length * PAGE_SIZE;
  }

  /** A copy, in one piece, of the bytes from `start` up to `end`, as they are now. */
  join(start = 0, end: number = this.length): Uint8Array<ArrayBuffer> {
    const whole = new Uint8Array(Math.min(end, this.length) - start);
    let [at, taken] = [-start, 0];
    for (let index = 0; index < this.pages.length && at < whole.length; index++) {
      const cut = this.cuts[index]!;
      at = place(whole, at, this.heads.subarray(taken, cut));
      at = place(whole, at, this.pages[index]!);
      taken = cut;
    }
    place(whole, at, this.heads.subarray(taken));
    return whole;
  }
}

/** The bytes of either kind from `start` up to `end`: a view where they are in one piece, a copy otherwise. */
export function sliceBytes(
  bytes: Uint8Array | PageBatch,
  start = 0,
  end: number = bytes.length,
): Uint8Array {
  return bytes instanceof PageBatch ? bytes.join(start, end) : bytes.subarray(start, end);
}

/** Puts what of `piece` lies within `whole` there, its first byte at index `at`; returns the index behind it. */
function place(whole: Uint8Array, at: number, piece: Uint8Array): number {
  const end = at + piece.length;
  if (at >= 0 && end <= whole.length) {
    if (piece.length === PAGE_SIZE) copyPage(whole, at, piece);
    else whole.set(piece, at);
  } else if (end > 0 && at < whole.length) {
    whole.set(piece.subarray(Math.max(0, -at), whole.length - at), Math.max(0, at));
  }
  return end;
}
