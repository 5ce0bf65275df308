/**
 * Decodes the return path of one session.
 *
 * @module
 */

import { PAGE_SIZE } from "../ram/ram_block.ts";
import { ByteQueue, errorAt, type Window } from "./byte_queue.ts";
import type { Decoder } from "./decoder.ts";
import { isPageRange } from "./ram_block.ts";
import { decodeReceivedBitmap } from "./received_bitmap.ts";
import {
  type PageRequest,
  type ReceivedBitmapMessage,
  type ReturnPathMessage,
  returnPathTable,
} from "./return_path.ts";
import { WireError } from "./wire_error.ts";

/** A message with what it refers to: a page request always has its block. */
export type ReturnPathEvent =
  | Exclude<ReturnPathMessage, { readonly kind: "req-pages-id" | "req-pages" | "recv-bitmap" }>
  | ({ readonly kind: "req-pages" } & PageRequest)
  | ReceivedBitmapMessage;

/** What a return path refers to. */
export interface ReturnPathDecoderOptions {
  /** Pages of a RAM block, or `undefined` when there is no block of that name. */
  blockPages(name: string): number | undefined;
}

const STREAM = "return path";

/**
 * The return path as events. Nothing may follow SHUT.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const decoder = new ReturnPathDecoder({ blockPages: (name) => name === "ram" ? 512 : undefined });
 * decoder.queue.push(new Uint8Array([0, 1, 0, 4, 0, 0, 0, 0]));
 * assertEquals(decoder.next(), { kind: "shut", status: 0 });
 * decoder.end();
 * ```
 */
export class ReturnPathDecoder implements Decoder<ReturnPathEvent> {
  readonly queue: ByteQueue = new ByteQueue();
  readonly #blockPages: (name: string) => number | undefined;
  #lastBlock: string | undefined;
  #isShut = false;

  constructor({ blockPages }: ReturnPathDecoderOptions) {
    this.#blockPages = blockPages;
  }

  next(): ReturnPathEvent | undefined {
    const window = this.queue.window(STREAM);
    if (this.#isShut && this.queue.length > 0) {
      throw errorAt(window, window.start, "nothing after SHUT", `${this.queue.length} bytes`);
    }
    const decoded = returnPathTable.decode(window, window.start);
    if (decoded === undefined) return undefined;
    const { message, end } = decoded;
    switch (message.kind) {
      case "shut":
        this.#isShut = true;
        return this.#take(window, end, message);
      case "req-pages-id":
        return this.#request(message, window, end);
      case "req-pages": {
        const block = this.#lastBlock;
        if (block !== undefined) return this.#request({ ...message, block }, window, end);
        throw errorAt(window, window.start, "a first request with a block name", "REQ_PAGES");
      }
      case "recv-bitmap":
        return this.#bitmap(message.block, window, end);
      default:
        return this.#take(window, end, message);
    }
  }

  end(): void {
    const { length, offset } = this.queue;
    if (length === 0) return;
    const received = `the end of the stream ${length} bytes later`;
    throw new WireError(STREAM, offset, "a whole message", received);
  }

  #request({ block, start, length }: PageRequest, window: Window, end: number): ReturnPathEvent {
    const usedLength = this.#pagesOf(block, window) * PAGE_SIZE;
    if (!isPageRange(start, length, usedLength)) {
      const expected = `whole pages within the ${usedLength} bytes of "${block}"`;
      throw errorAt(window, window.start, expected, `${length} bytes at ${start}`);
    }
    this.#lastBlock = block;
    return this.#take(window, end, { kind: "req-pages", block, start, length });
  }

  #bitmap(block: string, window: Window, at: number): ReturnPathEvent | undefined {
    const decoded = decodeReceivedBitmap(window, at, this.#pagesOf(block, window));
    if (decoded === undefined) return undefined;
    return this.#take(window, decoded.end, { kind: "recv-bitmap", block, bitmap: decoded.message });
  }

  #pagesOf(block: string, window: Window): number {
    const pages = this.#blockPages(block);
    if (pages !== undefined) return pages;
    throw errorAt(window, window.start, "the name of a RAM block", JSON.stringify(block));
  }

  #take(window: Window, end: number, event: ReturnPathEvent): ReturnPathEvent {
    this.queue.skip(end - window.start);
    return event;
  }
}
