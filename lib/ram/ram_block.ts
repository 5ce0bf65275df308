/**
 * RAM blocks and pages. A guest's memory is one run of bytes; its blocks lie in it one after the other, and a page is named by
 * its **global index** in that run. The stream names a page by block and offset instead: the two functions that translate are
 * here, and the one that takes an offset from the wire answers `null` instead of trusting it.
 *
 * @module
 */

import { invariant } from "../invariant.ts";

/** Bytes of a page, host and target page alike. */
export const PAGE_SIZE = 4096;

/** The most RAM that a guest may have: 64 GiB. */
export const MAX_RAM_BYTES = 2 ** 36;

/** A named part of guest memory. */
export interface RamBlock {
  /** 1 to 255 bytes of UTF-8, as the stream spells it. */
  readonly name: string;
  /** Where it begins in guest memory, in bytes; a multiple of `PAGE_SIZE`. */
  readonly offset: number;
  /** Bytes; a positive multiple of `PAGE_SIZE`. */
  readonly length: number;
}

/** What a block is asked to be. */
export interface RamBlockSize {
  readonly name: string;
  readonly bytes: number;
}

/** RAM that cannot be laid out as asked. */
export class RamLayoutError extends Error {
  override readonly name = "RamLayoutError";
}

/**
 * Lays blocks out one after the other, in the order given.
 *
 * @throws {RamLayoutError} when there is no block, a size is no positive multiple of `PAGE_SIZE`, a name is empty, too long or
 * given twice, or the sum is more than `MAX_RAM_BYTES`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(layoutBlocks([{ name: "ram", bytes: 8192 }, { name: "rom", bytes: 4096 }]), [
 *   { name: "ram", offset: 0, length: 8192 },
 *   { name: "rom", offset: 8192, length: 4096 },
 * ]);
 * ```
 */
export function layoutBlocks(sizes: readonly RamBlockSize[]): readonly RamBlock[] {
  if (sizes.length === 0) throw new RamLayoutError("Cannot lay out RAM: expected a block");
  const blocks: RamBlock[] = [];
  let offset = 0;
  for (const { name, bytes } of sizes) {
    checkName(name, blocks);
    if (!Number.isSafeInteger(bytes) || bytes <= 0 || bytes % PAGE_SIZE !== 0) {
      throw new RamLayoutError(
        `Cannot lay out RAM block "${name}": expected a positive multiple of ${PAGE_SIZE} bytes, received ${bytes}`,
      );
    }
    blocks.push({ name, offset, length: bytes });
    offset += bytes;
  }
  if (offset > MAX_RAM_BYTES) {
    throw new RamLayoutError(
      `Cannot lay out RAM: expected at most ${MAX_RAM_BYTES} bytes in all, received ${offset}`,
    );
  }
  return blocks;
}

function checkName(name: string, taken: readonly RamBlock[]): void {
  const bytes = new TextEncoder().encode(name).length;
  if (bytes === 0 || bytes > 255) {
    throw new RamLayoutError(
      `Cannot lay out RAM block "${name}": expected a name of 1 to 255 bytes, received ${bytes}`,
    );
  }
  if (taken.some((block) => block.name === name)) {
    throw new RamLayoutError(
      `Cannot lay out RAM block "${name}": expected a name of its own, received it twice`,
    );
  }
}

/** Pages of all blocks. */
export function countPages(blocks: readonly RamBlock[]): number {
  return blocks.reduce((pages, block) => pages + block.length / PAGE_SIZE, 0);
}

/** The block that a page lies in. */
export function blockOfPage(blocks: readonly RamBlock[], page: number): RamBlock {
  const at = page * PAGE_SIZE;
  const found = blocks.find((block) => at >= block.offset && at < block.offset + block.length);
  invariant(found !== undefined, `Page ${page} lies in no block`);
  return found;
}

/** Where a page begins in its block, in bytes. */
export function offsetInBlock(block: RamBlock, page: number): number {
  return page * PAGE_SIZE - block.offset;
}

/**
 * The global index of the page at a block's `offset` (bytes), or `null` when no page begins there: the offset may be the peer's.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const block = { name: "rom", offset: 8192, length: 4096 };
 * assertEquals(pageAtOffset(block, 0), 2);
 * assertEquals(pageAtOffset(block, 4096), null);
 * assertEquals(pageAtOffset(block, 12), null);
 * ```
 */
export function pageAtOffset(block: RamBlock, offset: number): number | null {
  if (!Number.isSafeInteger(offset) || offset < 0 || offset >= block.length) return null;
  if (offset % PAGE_SIZE !== 0) return null;
  return (block.offset + offset) / PAGE_SIZE;
}
