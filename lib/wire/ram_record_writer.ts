/**
 * Makes RAM records, a batch at a time that is sent with one write: the hot path of the source. Pages are not copied, see
 * `page_batch.ts`.
 *
 * One writer per channel: it remembers the block of the previous record there, which is what CONTINUE refers to, from batch
 * to batch. A new channel, a recovery's too, gets a new writer.
 *
 * @module
 */

import { PAGE_SIZE } from "../ram/ram_block.ts";
import { ELEMENTS } from "./elements.ts";
import { be32, be64, name } from "./field.ts";
import { PageBatch } from "./page_batch.ts";
import { RAM_FLAGS, RAM_RECORDS } from "./ram_record.ts";
import { invariant } from "../invariant.ts";

const WORD_BYTES = 8;
const SECTION_BYTES = 1 + be32.maxBytes;
/** EOS and footer, for which room is always kept. */
const TAIL_BYTES = WORD_BYTES + SECTION_BYTES;
/** Offset and flags, the longest block name, and the byte of a ZERO record. */
const LARGEST_HEAD_BYTES = WORD_BYTES + name.maxBytes + 1;

/** Bytes that a writer must have for heads at least: a section with one record of the longest block name. */
export const MIN_HEAD_BYTES: number = SECTION_BYTES + LARGEST_HEAD_BYTES + TAIL_BYTES;

/**
 * A batch of RAM records.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const writer = new RamRecordWriter(1024);
 * writer.begin("section-part", 2);
 * writer.zero("ram", 0);
 * writer.zero("ram", 4096);
 * writer.finish();
 * assertEquals(writer.bytes.length, 5 + (8 + 4 + 1) + (8 + 1) + 8 + 5);
 * writer.reset();
 * ```
 */
export class RamRecordWriter {
  readonly #heads: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  readonly #nameBytes: Map<string, Uint8Array> = new Map();
  #end = 0;
  #pages: Uint8Array[] = [];
  #cuts: number[] = [];
  #sectionId: number | undefined;
  #lastBlock: string | undefined;

  /** @param headBytes room for all that is not a page, which bounds the batch; at least MIN_HEAD_BYTES. */
  constructor(headBytes: number) {
    invariant(
      headBytes >= MIN_HEAD_BYTES,
      `Cannot write the heads of RAM records to ${headBytes} bytes`,
    );
    this.#heads = new Uint8Array(headBytes);
    this.#view = new DataView(this.#heads.buffer);
  }

  /** The batch. Its heads are overwritten after the next `reset()`. */
  get batch(): PageBatch {
    return new PageBatch(this.#heads.subarray(0, this.#end), this.#pages, this.#cuts);
  }

  /** The batch in one piece, a copy. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.batch.join();
  }

  /** Bytes of the batch. */
  get length(): number {
    return this.#end + this.#pages.length * PAGE_SIZE;
  }

  /** Whether there may be no room for one more record. `finish()` and `eos()` always have room. */
  get isFull(): boolean {
    return this.#heads.length - this.#end < LARGEST_HEAD_BYTES + TAIL_BYTES;
  }

  /** Begins a PART or END section, the first thing in a batch of the main channel. */
  begin(kind: "section-part" | "section-end", sectionId: number): void {
    invariant(this.length === 0, `Cannot begin ${kind} in a batch of ${this.length} bytes`);
    this.#sectionId = sectionId;
    this.#element(kind, sectionId);
  }

  /** Ends the section that `begin()` began: EOS and footer. */
  finish(): void {
    const sectionId = this.#sectionId;
    invariant(sectionId !== undefined, "Cannot finish a section that was not begun");
    this.eos();
    this.#element("footer", sectionId);
    this.#sectionId = undefined;
  }

  /**
   * Writes a page with its contents, which are read when the batch is: `source` has PAGE_SIZE bytes and may lie on a
   * SharedArrayBuffer.
   */
  page(block: string, offset: number, source: Uint8Array): void {
    invariant(source.length === PAGE_SIZE, () => `Cannot write a page of ${source.length} bytes`);
    this.#head(RAM_RECORDS.page.flag, block, offset);
    this.#pages.push(source);
    this.#cuts.push(this.#end);
  }

  /** Writes a page that is all zero. */
  zero(block: string, offset: number): void {
    this.#head(RAM_RECORDS.zero.flag, block, offset);
    this.#heads[this.#end] = 0;
    this.#end += 1;
  }

  /** Writes an EOS by itself, as the preempt channel to a 7.x destination ends. */
  eos(): void {
    this.#word(RAM_RECORDS.eos.flag);
  }

  /** Empties the batch. The block that CONTINUE refers to stays. */
  reset(): void {
    invariant(this.#sectionId === undefined, "Cannot reset a batch whose section is not finished");
    this.#end = 0;
    this.#pages = [];
    this.#cuts = [];
  }

  #head(flag: number, block: string, offset: number): void {
    invariant(
      !this.isFull,
      () => `Cannot write another record to a full batch of ${this.length} bytes`,
    );
    invariant(offset % PAGE_SIZE === 0, () => `Cannot write a page at offset ${offset}`);
    if (block === this.#lastBlock) {
      this.#word(offset + flag + RAM_FLAGS.CONTINUE);
    } else {
      this.#word(offset + flag);
      const bytes = this.#bytesOf(block);
      this.#heads.set(bytes, this.#end);
      this.#end += bytes.length;
      this.#lastBlock = block;
    }
  }

  #word(value: number): void {
    be64.write(this.#view, this.#end, value);
    this.#end += WORD_BYTES;
  }

  #element(kind: "section-part" | "section-end" | "footer", sectionId: number): void {
    this.#heads[this.#end] = ELEMENTS[kind].type;
    be32.write(this.#view, this.#end + 1, sectionId);
    this.#end += SECTION_BYTES;
  }

  /** The name as it lies on the wire, encoded once. */
  #bytesOf(block: string): Uint8Array {
    let bytes = this.#nameBytes.get(block);
    if (bytes === undefined) {
      bytes = new Uint8Array(name.size(block));
      name.write(new DataView(bytes.buffer), 0, block);
      this.#nameBytes.set(block, bytes);
    }
    return bytes;
  }
}
