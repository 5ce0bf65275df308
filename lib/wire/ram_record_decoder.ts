/**
 * Decodes RAM records, the hot path of every migration.
 *
 * One decoder per channel, because CONTINUE refers to the previous record on the same channel. A page is never copied: its
 * `data` is a view of the queue. Nothing is taken from the queue before a record is there as a whole, so a record that
 * arrives in pieces only has its first bytes looked at again.
 *
 * @module
 */

import { PAGE_SIZE } from "../ram/ram_block.ts";
import { type ByteQueue, errorAt } from "./byte_queue.ts";
import { name } from "./field.ts";
import type { RamBlockSize, StreamNames } from "./ram_block.ts";
import { formatRamFlags, RAM_FLAGS, RAM_RECORDS, type RamRecord } from "./ram_record.ts";
import { hex, type WireError, type WireStream } from "./wire_error.ts";
import { unreachable } from "../invariant.ts";

/** What a record's first bytes say. `bytes`: how many those are. */
type RamRecordHead =
  | { readonly kind: "eos"; readonly bytes: number }
  | {
    readonly kind: "page" | "zero";
    readonly block: RamBlockSize;
    readonly offset: number;
    readonly bytes: number;
  };

const WORD_BYTES = 8;
const FLAG_BITS = PAGE_SIZE - 1;
/** The high half of 2^53 - 1. */
const MAX_HIGH = 0x1fffff;

const ZERO_BYTES = WORD_BYTES + RAM_RECORDS.zero.dataBytes;
const FULL_BYTES = WORD_BYTES + RAM_RECORDS.page.dataBytes;

/** The RAM records of one channel. */
export class RamRecordDecoder {
  readonly #queue: ByteQueue;
  readonly #stream: WireStream;
  readonly #names: StreamNames;
  #lastBlock: RamBlockSize | undefined;

  constructor(queue: ByteQueue, stream: WireStream, names: StreamNames) {
    this.#queue = queue;
    this.#stream = stream;
    this.#names = names;
  }

  /**
   * Takes the next record from the queue, or returns `undefined` when more bytes are needed.
   *
   * @throws {WireError} when the bytes are no record, or one of a block or offset that does not exist.
   */
  next(): RamRecord | undefined {
    const queue = this.#queue;
    const head = this.peekHead();
    if (head === undefined) return undefined;
    const size = head.bytes + RAM_RECORDS[head.kind].dataBytes;
    if (queue.length < size) return undefined;
    switch (head.kind) {
      case "page":
        return this.#take(size, head.block, {
          kind: "page",
          block: head.block.name,
          offset: head.offset,
          data: queue.peek(head.bytes, PAGE_SIZE),
        });
      case "zero":
        this.#refuseFill(head.bytes);
        return this.#take(size, head.block, {
          kind: "zero",
          block: head.block.name,
          offset: head.offset,
        });
      case "eos":
        return this.#take(size, this.#lastBlock, { kind: "eos" });
      default:
        return unreachable(head);
    }
  }

  /**
   * Takes the pages that come next in the block of the last record, as far as they are there as a whole, without looking at what
   * they hold. Anything else is left to `next()`, what is wrong too.
   *
   * @param tell told of each where it belongs.
   * @returns how many.
   */
  skipPages(tell?: (block: string, offset: number) => void): number {
    const { view, start, length } = this.#queue;
    const end = start + length;
    const block = this.#lastBlock;
    let at = start;
    let count = 0;
    for (; block !== undefined && at + WORD_BYTES <= end; count++) {
      const high = view.getUint32(at);
      const low = view.getUint32(at + 4);
      const flags = low & FLAG_BITS;
      const offset = high * 2 ** 32 + low - flags;
      if (high > MAX_HIGH || offset + PAGE_SIZE > block.usedLength) break;
      const bytes = continuedBytes(flags);
      if (bytes === 0 || at + bytes > end) break;
      if (bytes === ZERO_BYTES && view.getUint8(at + WORD_BYTES) !== 0) break;
      tell?.(block.name, offset);
      at += bytes;
    }
    this.#queue.skip(at - start);
    return count;
  }

  /**
   * Offset, flags and block of the next record, or `undefined` when more bytes are needed. Takes nothing from the queue.
   *
   * @throws {WireError} as `next()` does.
   */
  peekHead(): RamRecordHead | undefined {
    const queue = this.#queue;
    if (queue.length < WORD_BYTES) return undefined;
    const high = queue.view.getUint32(queue.start);
    const low = queue.view.getUint32(queue.start + 4);
    if (high > MAX_HIGH) throw this.#error(0, "an offset of at most 2^53 - 1", "a larger one");
    const flags = low & FLAG_BITS;
    const offset = high * 2 ** 32 + low - flags;
    switch (flags) {
      case RAM_FLAGS.PAGE | RAM_FLAGS.CONTINUE:
        return this.#continue("page", offset);
      case RAM_FLAGS.ZERO | RAM_FLAGS.CONTINUE:
        return this.#continue("zero", offset);
      case RAM_FLAGS.PAGE:
        return this.#named("page", offset);
      case RAM_FLAGS.ZERO:
        return this.#named("zero", offset);
      case RAM_FLAGS.EOS:
        if (offset === 0) return { kind: "eos", bytes: WORD_BYTES };
    }
    const expected = "ZERO or PAGE with or without CONTINUE, or EOS at offset 0";
    throw this.#error(0, expected, `${formatRamFlags(flags)} at offset ${offset}`);
  }

  #continue(kind: "page" | "zero", offset: number): RamRecordHead {
    const block = this.#lastBlock;
    if (block === undefined) throw this.#error(0, "a first record with a block name", "CONTINUE");
    return this.#within(block, { kind, block, offset, bytes: WORD_BYTES });
  }

  #named(kind: "page" | "zero", offset: number): RamRecordHead | undefined {
    const window = this.#queue.window(this.#stream);
    const at = window.start + WORD_BYTES;
    const extent = name.extent(window, at);
    if (at + extent > window.end) return undefined;
    const named = name.read(window, at);
    const block = this.#names.blocks.get(named);
    if (block === undefined) {
      throw errorAt(window, at, "the name of a RAM block", JSON.stringify(named));
    }
    return this.#within(block, { kind, block, offset, bytes: WORD_BYTES + extent });
  }

  #within(block: RamBlockSize, head: RamRecordHead & { offset: number }): RamRecordHead {
    if (head.offset + PAGE_SIZE <= block.usedLength) return head;
    const expected = `an offset within the ${block.usedLength} bytes of "${block.name}"`;
    throw this.#error(0, expected, `offset ${head.offset}`);
  }

  #refuseFill(at: number): void {
    const fill = this.#queue.view.getUint8(this.#queue.start + at);
    if (fill !== 0) throw this.#error(at, "byte 0", `byte ${hex(fill)}`);
  }

  #take(bytes: number, block: RamBlockSize | undefined, record: RamRecord): RamRecord {
    this.#queue.skip(bytes);
    this.#lastBlock = block;
    return record;
  }

  #error(at: number, expected: string, received: string): WireError {
    const window = this.#queue.window(this.#stream);
    return errorAt(window, window.start + at, expected, received);
  }
}

/** Bytes of a page's record in the block of the record before it; 0: the flags are not those of one. */
function continuedBytes(flags: number): number {
  if (flags === (RAM_FLAGS.PAGE | RAM_FLAGS.CONTINUE)) return FULL_BYTES;
  return flags === (RAM_FLAGS.ZERO | RAM_FLAGS.CONTINUE) ? ZERO_BYTES : 0;
}
