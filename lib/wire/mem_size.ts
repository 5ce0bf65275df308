/**
 * MEM_SIZE: how RAM START introduces the RAM blocks.
 *
 * The record's be64 is the sum of the blocks' lengths, and the blocks follow until that sum is reached. The hard thing is the
 * page size, which follows a block's length only where postcopy is on and that block's page size is not the host's: nothing
 * states whether it is there. But a name's length is never 0 and every RAM record has a flag set, while a page size begins
 * with a 0 byte and has none of the flag bits, so the bytes behind the length tell.
 *
 * @module
 */

import { PAGE_SIZE } from "../ram/ram_block.ts";
import { errorAt, type Window } from "./byte_queue.ts";
import { concat } from "./concat.ts";
import { be64, name } from "./field.ts";
import { type Decoded, encodeFields, measureFields, readFields } from "./layout.ts";
import type { RamBlockSize } from "./ram_block.ts";
import { formatRamFlags, RAM_FLAGS } from "./ram_record.ts";

/** The most blocks that one MEM_SIZE may introduce. QEMU machines have some dozens. */
export const MAX_RAM_BLOCKS = 1024;

/** The blocks that a migration transfers. */
export interface MemSize {
  readonly kind: "mem-size";
  readonly blocks: readonly RamBlockSize[];
}

const FLAG_BITS = PAGE_SIZE - 1;
const TOTAL = { total: be64 };
const BLOCK = { name, usedLength: be64 };
const BLOCK_WITH_PAGE_SIZE = { name, usedLength: be64, pageSize: be64 };

/** The record's bytes. Where a block states a `pageSize`, it is written. */
export function encodeMemSize(blocks: readonly RamBlockSize[]): Uint8Array<ArrayBuffer> {
  const total = blocks.reduce((sum, block) => sum + block.usedLength, 0);
  const parts = blocks.map((block) => {
    const { pageSize } = block;
    if (pageSize === undefined) return encodeFields(BLOCK, block);
    return encodeFields(BLOCK_WITH_PAGE_SIZE, { ...block, pageSize });
  });
  return concat([encodeFields(TOTAL, { total: total + RAM_FLAGS.MEM_SIZE }), ...parts]);
}

/**
 * The record at the start of the window, or `undefined` when more bytes are needed.
 *
 * @throws {WireError} when it is another record, or the blocks are not whole pages, named twice, too many, or exceed the total.
 */
export function decodeMemSize(window: Window): Decoded<MemSize> | undefined {
  if (window.end - window.start < 8) return undefined;
  const { total: word } = readFields(TOTAL, window, window.start);
  const flags = word % PAGE_SIZE;
  if (flags !== RAM_FLAGS.MEM_SIZE) {
    throw errorAt(window, window.start, "MEM_SIZE", formatRamFlags(flags));
  }
  const blocks = new Map<string, RamBlockSize>();
  let at = window.start + 8;
  for (let left = word - flags; left > 0;) {
    const found = decodeBlock(window, at);
    if (found === undefined) return undefined;
    const block = found.message;
    left -= block.usedLength;
    if (left < 0) {
      throw errorAt(window, at, "blocks that add up to the total", `${-left} bytes more`);
    }
    if (blocks.has(block.name) || blocks.size === MAX_RAM_BLOCKS) {
      const expected = `at most ${MAX_RAM_BLOCKS} blocks, each named once`;
      throw errorAt(window, at, expected, `block "${block.name}"`);
    }
    blocks.set(block.name, block);
    at = found.end;
  }
  return { message: { kind: "mem-size", blocks: [...blocks.values()] }, end: at };
}

function decodeBlock(window: Window, at: number): Decoded<RamBlockSize> | undefined {
  const end = measureFields(BLOCK, window, at);
  if (end === undefined || end === window.end) return undefined;
  const block = readFields(BLOCK, window, at);
  if (block.usedLength === 0 || block.usedLength % PAGE_SIZE !== 0) {
    const received = `${block.usedLength} bytes for "${block.name}"`;
    throw errorAt(window, at, "a block length in whole pages", received);
  }
  if (window.bytes[end] !== 0) return { message: block, end };
  if (window.end - end < 8) return undefined;
  const pageSize = be64.read(window, end);
  if ((pageSize & FLAG_BITS) !== 0) return { message: block, end };
  if (!isPowerOfTwo(pageSize)) {
    throw errorAt(window, end, "a page size that is a power of two", `${pageSize}`);
  }
  return { message: { ...block, pageSize }, end: end + 8 };
}

function isPowerOfTwo(value: number): boolean {
  const bits = BigInt(value);
  return bits > 0n && (bits & (bits - 1n)) === 0n;
}
