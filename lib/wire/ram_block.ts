/**
 * RAM blocks as a stream names them, and what a stream has introduced so far.
 *
 * @module
 */

import { PAGE_SIZE } from "../ram/ram_block.ts";

/** A RAM block as RAM START introduces it. */
export interface RamBlockSize {
  readonly name: string;
  /** Bytes in use, a multiple of the page size. */
  readonly usedLength: number;
  /** Size of the block's host pages in bytes. Stated with postcopy only, where it differs from the source's host page size. */
  readonly pageSize?: number;
}

/**
 * The names that a main channel introduced: RAM blocks and section ids.
 *
 * The other streams of the same migration go on with them: the package, the preempt channel, and a recovery's main channel, which
 * introduces nothing itself. So one object is shared by their decoders.
 */
export class StreamNames {
  /** RAM blocks by name. */
  readonly blocks: Map<string, RamBlockSize>;
  /** What each section id stands for: `ram`, `timer`, ... */
  readonly sections: Map<number, string> = new Map();

  /** `blocks`: those known without having been introduced. */
  constructor(blocks: Iterable<RamBlockSize> = []) {
    this.blocks = new Map(Array.from(blocks, (block) => [block.name, block]));
  }
}

/** Whether `start` and `length` are whole pages within `usedLength` bytes, and at least one. */
export function isPageRange(start: number, length: number, usedLength: number): boolean {
  return start % PAGE_SIZE === 0 && length % PAGE_SIZE === 0 && length > 0 &&
    start + length <= usedLength;
}
