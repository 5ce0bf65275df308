/**
 * Bytes received and not yet decoded, kept in one piece.
 *
 * A channel reads straight into the queue's room, a decoder looks at the bytes where they lie, and a page goes from there
 * into guest RAM: one copy in all. The hard thing is to keep the bytes contiguous at no cost. What a decoder leaves behind is
 * less than one record, so it is moved to the front before the next read, if that moves no more than was decoded
 * since. The queue grows with bytes that have arrived or that a reader asked room for, never with a length that only stands
 * in the stream.
 *
 * Alignment is of no concern here: a page that lies askew is placed as fast through a bounce page (see `lib/ram/copy_page.ts`).
 *
 * @module
 */

import { invariant } from "../invariant.ts";
import { WireError, type WireStream } from "./wire_error.ts";

/** A queue that grew beyond this many bytes for one large element gives them back once it is empty. */
const KEPT_CAPACITY_BYTES = 1024 * 1024;

/** Room for what a decoder leaves behind of the records of a page: reads of the same length need no new memory. */
const SPARE_BYTES = 8192;

/** A look at received bytes that knows where in which stream they lie. Valid until the queue's next `reserve()` or `push()`. */
export interface Window {
  readonly stream: WireStream;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Index in `bytes` of the first byte not yet decoded. */
  readonly start: number;
  /** Index in `bytes` behind the last byte. */
  readonly end: number;
  /** Stream offset of index 0 of `bytes`; negative where earlier bytes were moved away. */
  readonly origin: number;
}

/** The error for the byte at index `at` of a window. */
export function errorAt(window: Window, at: number, expected: string, received: string): WireError {
  return new WireError(window.stream, window.origin + at, expected, received);
}

/**
 * A first-in-first-out queue of bytes.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const queue = new ByteQueue();
 * const room = queue.reserve(4); // a channel reads into this
 * room.set([1, 2, 3]);
 * queue.commit(3);
 * queue.skip(1); // a decoder took one
 * assertEquals([queue.length, queue.offset], [2, 1]);
 * ```
 */
export class ByteQueue {
  #bytes = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);
  #start = 0;
  #end = 0;
  /** Bytes behind the end that may be committed. */
  #room = 0;
  #offset = 0;

  /** Bytes held. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** Stream offset of the first byte held: how many bytes were decoded so far. */
  get offset(): number {
    return this.#offset;
  }

  /** Bytes allocated. */
  get capacity(): number {
    return this.#bytes.length;
  }

  /** The memory that the bytes lie in; the first one is at index `start`. */
  get view(): DataView {
    return this.#view;
  }

  /** Index in `view` of the first byte held. */
  get start(): number {
    return this.#start;
  }

  /**
   * Room for `bytes` bytes behind those held. What is written there joins the queue by `commit()`. Ends the validity of every
   * view of the queue's memory.
   */
  reserve(bytes: number): Uint8Array {
    const needed = this.length + bytes;
    if (needed > this.#bytes.length) {
      const spare = Math.min(bytes, SPARE_BYTES);
      this.#moveTo(new Uint8Array(Math.max(needed + spare, 2 * this.length)));
    } else if (this.length === 0 && this.#isOversized(needed)) {
      this.#moveTo(new Uint8Array(needed));
    } else if (this.#start >= this.length || this.#end + bytes > this.#bytes.length) {
      this.#moveTo(this.#bytes);
    }
    this.#room = bytes;
    return this.#bytes.subarray(this.#end, this.#end + bytes);
  }

  /** Takes the first `count` bytes of the room that `reserve()` gave last. */
  commit(count: number): void {
    invariant(
      count >= 0 && count <= this.#room,
      () => `Cannot commit ${count} bytes to a room of ${this.#room}`,
    );
    this.#end += count;
    this.#room -= count;
  }

  /** Appends a copy of `bytes`. */
  push(bytes: Uint8Array): void {
    this.reserve(bytes.length).set(bytes);
    this.commit(bytes.length);
  }

  /** Drops the first `count` bytes. Views of them stay valid until the next `reserve()` or `push()`. */
  skip(count: number): void {
    invariant(count <= this.length, () => `Cannot skip ${count} of ${this.length} bytes`);
    this.#start += count;
    this.#offset += count;
  }

  /** A view of `length` bytes that begin `at` bytes behind the first one held. */
  peek(at: number, length: number): Uint8Array {
    const start = this.#start + at;
    return this.#bytes.subarray(start, start + length);
  }

  /** Everything held, as a window on `stream`. */
  window(stream: WireStream): Window {
    return {
      stream,
      bytes: this.#bytes,
      view: this.#view,
      start: this.#start,
      end: this.#end,
      origin: this.#offset - this.#start,
    };
  }

  #isOversized(needed: number): boolean {
    return this.#bytes.length > KEPT_CAPACITY_BYTES && this.#bytes.length > 4 * needed;
  }

  #moveTo(memory: Uint8Array<ArrayBuffer>): void {
    if (memory === this.#bytes) {
      memory.copyWithin(0, this.#start, this.#end);
    } else {
      memory.set(this.#bytes.subarray(this.#start, this.#end));
      this.#bytes = memory;
      this.#view = new DataView(memory.buffer);
    }
    this.#end -= this.#start;
    this.#start = 0;
  }
}
