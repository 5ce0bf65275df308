/**
 * The pieces of a batch as sendmsg(2) takes them: a `struct msghdr` that points to a list of `struct iovec`, each an address and a
 * length. The kernel copies from there into the socket, so that no page is copied before.
 *
 * The hard thing is the address: Deno tells it, but slowly. Pages lie in one memory, so it is asked once for each memory. It
 * holds as long as the memory does, which the batch refers to.
 *
 * @module
 */

import type { PageBatch } from "../../wire/page_batch.ts";

/** A `struct iovec`: address, length. */
const PIECE_BYTES = 16;
const LENGTH = 8;
/** The most pieces that one call takes (UIO_MAXIOV). */
const PIECES_MAX = 1024;
/** A `struct msghdr`; of its fields only those of the list are not 0. */
const HEADER_BYTES = 56;
const LIST = 16;
const LIST_LENGTH = 24;

/** The pieces of a batch that are not sent yet. */
export class GatherList {
  readonly #header = new DataView(new ArrayBuffer(HEADER_BYTES));
  readonly #addresses = new WeakMap<ArrayBufferLike, number>();
  #pieces = new DataView(new ArrayBuffer(0));
  /** Where in the list the first piece stands that is not sent, and where the list ends. */
  #start = 0;
  #end = 0;

  /** Lists the pieces of `batch` in the place of what is left of the one before. */
  fill({ heads, pages, cuts }: PageBatch): void {
    const needed = (2 * pages.length + 1) * PIECE_BYTES;
    if (this.#pieces.byteLength < needed) this.#pieces = new DataView(new ArrayBuffer(needed));
    this.#start = this.#end = 0;
    const headsAddress = this.#addressOf(heads);
    let taken = 0;
    for (let index = 0; index < pages.length; index++) {
      const [page, cut] = [pages[index]!, cuts[index]!];
      this.#add(headsAddress + taken, cut - taken);
      this.#add(this.#addressOf(page), page.length);
      taken = cut;
    }
    this.#add(headsAddress + taken, heads.length - taken);
  }

  /** The `struct msghdr` of what is left, valid until the next call of this list. */
  get header(): Uint8Array<ArrayBuffer> {
    const count = (this.#end - this.#start) / PIECE_BYTES;
    const list = new Uint8Array(this.#pieces.buffer, this.#start);
    setNumber(this.#header, LIST, this.#addressOf(list));
    setNumber(this.#header, LIST_LENGTH, Math.min(count, PIECES_MAX));
    return new Uint8Array(this.#header.buffer);
  }

  /** Takes the first `bytes` bytes off: they are sent. */
  drop(bytes: number): void {
    for (let left = bytes; left > 0;) {
      const length = getNumber(this.#pieces, this.#start + LENGTH);
      if (left < length) {
        const address = getNumber(this.#pieces, this.#start);
        setNumber(this.#pieces, this.#start, address + left);
        setNumber(this.#pieces, this.#start + LENGTH, length - left);
        return;
      }
      left -= length;
      this.#start += PIECE_BYTES;
    }
  }

  #add(address: number, length: number): void {
    if (length === 0) return;
    setNumber(this.#pieces, this.#end, address);
    setNumber(this.#pieces, this.#end + LENGTH, length);
    this.#end += PIECE_BYTES;
  }

  #addressOf({ buffer, byteOffset }: Uint8Array): number {
    let address = this.#addresses.get(buffer);
    if (address === undefined) {
      const pointer = Deno.UnsafePointer.of(new Uint8Array(buffer) as Uint8Array<ArrayBuffer>);
      address = Number(Deno.UnsafePointer.value(pointer));
      this.#addresses.set(buffer, address);
    }
    return address + byteOffset;
  }
}

/** 64 bits of this machine's byte order, which is little-endian wherever Deno runs; addresses of user space have 47. */
function setNumber(view: DataView, at: number, value: number): void {
  view.setUint32(at, value >>> 0, true);
  view.setUint32(at + 4, value / 2 ** 32, true);
}

function getNumber(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
}
