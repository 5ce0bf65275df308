/**
 * RAM records: the pages themselves, on the main and on the preempt channel.
 *
 * A record begins with a be64 that is an offset in a RAM block and, in the bits below the page size, flags. Which block: the
 * one named behind it, or, with CONTINUE, the one of the previous record **on the same channel**, across sections and EOS. In
 * postcopy, and outside of RAM START, only the records of `RAM_RECORDS` are legal.
 *
 * @module
 */

import { PAGE_SIZE } from "../ram/ram_block.ts";
import { hex } from "./wire_error.ts";

/** What a record may carry. */
export type RamRecord =
  /** A page's contents, `data`: a view of the decoder's queue, PAGE_SIZE long. */
  | {
    readonly kind: "page";
    readonly block: string;
    readonly offset: number;
    readonly data: Uint8Array;
  }
  /** A page that is all zero. */
  | { readonly kind: "zero"; readonly block: string; readonly offset: number }
  /** End of a section's records; on the preempt channel the end that 7.x needs and later versions tolerate. */
  | { readonly kind: "eos" };

/** Every flag of the protocol. XBZRLE and MULTIFD_FLUSH are named to be refused by name: no record here may carry them. */
export const RAM_FLAGS = {
  /** A page that is all zero. */
  ZERO: 0x02,
  /** The record of RAM START that introduces the blocks (see `mem_size.ts`). */
  MEM_SIZE: 0x04,
  /** A page with its contents. */
  PAGE: 0x08,
  /** The last record. */
  EOS: 0x10,
  /** Same block as the previous record on this channel: no name follows. */
  CONTINUE: 0x20,
  XBZRLE: 0x40,
  MULTIFD_FLUSH: 0x200,
} as const;

/** One kind of record: its flag, whether it is about a page of a block, and the bytes that follow offset and name. */
export interface RamRecordRow {
  readonly flag: number;
  readonly inBlock: boolean;
  readonly dataBytes: number;
}

/** The records of PART and END sections and of the preempt channel. */
export const RAM_RECORDS = {
  /** One byte follows, the value that fills the page: 0. */
  zero: { flag: RAM_FLAGS.ZERO, inBlock: true, dataBytes: 1 },
  page: { flag: RAM_FLAGS.PAGE, inBlock: true, dataBytes: PAGE_SIZE },
  eos: { flag: RAM_FLAGS.EOS, inBlock: false, dataBytes: 0 },
} as const satisfies Record<RamRecord["kind"], RamRecordRow>;

/**
 * Flags as an error message spells them.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(formatRamFlags(0x28), "flags 0x28 (PAGE, CONTINUE)");
 * ```
 */
export function formatRamFlags(flags: number): string {
  const names = Object.entries(RAM_FLAGS).filter(([, flag]) => (flags & flag) !== 0);
  const list = names.map(([name]) => name).join(", ");
  return list === "" ? `flags ${hex(flags)}` : `flags ${hex(flags)} (${list})`;
}
