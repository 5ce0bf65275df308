/**
 * Writes RAM records into a batch that is sent with one write, the hot path of the source.
 *
 * One writer per channel: it remembers the block of the previous record there, which is what CONTINUE refers to, from batch
 * to batch. A new channel, a recovery's too, gets a new writer. A batch that begins with a PART starts at offset 3 of the
 * buffer: 5 bytes of PART and 8 of offset and flags later, page data lies on a multiple of 8, where copying from shared
 * memory is fastest.
 *
 * @module
 */

import { PAGE_SIZE } from "../ram/ram_block.ts";
import { copyPage } from "../ram/copy_page.ts";
import { ELEMENTS } from "./elements.ts";
import { be32, be64, name } from "./field.ts";
import { RAM_FLAGS, RAM_RECORDS } from "./ram_record.ts";
import { invariant } from "../invariant.ts";

const WORD_BYTES = 8;
const SECTION_BYTES = 1 + be32.maxBytes;
const SECTION_START = 3;
/** EOS and footer, for which room is always kept. */
const TAIL_BYTES = WORD_BYTES + SECTION_BYTES;
const LARGEST_RECORD_BYTES = WORD_BYTES + name.maxBytes + PAGE_SIZE;

/** Bytes that a writer's buffer must have at least: a section with one page of the longest block name. */
export const MIN_BATCH_BYTES: number = SECTION_START + SECTION_BYTES + LARGEST_RECORD_BYTES +
  TAIL_BYTES;

/**
 * A batch of RAM records.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const writer = new RamRecordWriter(65536);
 * writer.begin("section-part", 2);
 * writer.zero("ram", 0);
 * writer.zero("ram", 4096);
 * writer.finish();
 * assertEquals(writer.bytes.length, 5 + (8 + 4 + 1) + (8 + 1) + 8 + 5);
 * writer.reset();
 * ```
 */
export class RamRecordWriter {
  readonly #buffer: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  readonly #nameBytes: Map<string, Uint8Array> = new Map();
  #start = 0;
  #end = 0;
  #sectionId: number | undefined;
  #lastBlock: string | undefined;

  /** `capacityBytes`: the buffer's size, which bounds the batch; at least MIN_BATCH_BYTES. */
  constructor(capacityBytes: number) {
    invariant(
      capacityBytes >= MIN_BATCH_BYTES,
      `Cannot write RAM records to a buffer of ${capacityBytes} bytes`,
    );
    this.#buffer = new Uint8Array(capacityBytes);
    this.#view = new DataView(this.#buffer.buffer);
  }

  /** The batch: a view of the buffer, overwritten after the next `reset()`. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  /** Bytes of the batch. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** Whether there may be no room for one more record. `finish()` and `eos()` always have room. */
  get isFull(): boolean {
    return this.#buffer.length - this.#end < LARGEST_RECORD_BYTES + TAIL_BYTES;
  }

  /** Begins a PART or END section, the first thing in a batch of the main channel. */
  begin(kind: "section-part" | "section-end", sectionId: number): void {
    invariant(this.length === 0, `Cannot begin ${kind} in a batch of ${this.length} bytes`);
    this.#start = this.#end = SECTION_START;
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

  /** Writes a page with its contents: `source` has PAGE_SIZE bytes and may lie on a SharedArrayBuffer. */
  page(block: string, offset: number, source: Uint8Array): void {
    invariant(source.length === PAGE_SIZE, () => `Cannot write a page of ${source.length} bytes`);
    this.#head(RAM_RECORDS.page.flag, block, offset);
    copyPage(this.#buffer, this.#end, source);
    this.#end += PAGE_SIZE;
  }

  /** Writes a page that is all zero. */
  zero(block: string, offset: number): void {
    this.#head(RAM_RECORDS.zero.flag, block, offset);
    this.#buffer[this.#end] = 0;
    this.#end += 1;
  }

  /** Writes an EOS by itself, as the preempt channel to a 7.x destination ends. */
  eos(): void {
    this.#word(RAM_RECORDS.eos.flag);
  }

  /** Empties the batch. The block that CONTINUE refers to stays. */
  reset(): void {
    invariant(this.#sectionId === undefined, "Cannot reset a batch whose section is not finished");
    this.#start = this.#end = 0;
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
      this.#buffer.set(bytes, this.#end);
      this.#end += bytes.length;
      this.#lastBlock = block;
    }
  }

  #word(value: number): void {
    be64.write(this.#view, this.#end, value);
    this.#end += WORD_BYTES;
  }

  #element(kind: "section-part" | "section-end" | "footer", sectionId: number): void {
    this.#buffer[this.#end] = ELEMENTS[kind].type;
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
