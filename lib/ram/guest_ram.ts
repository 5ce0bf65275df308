/**
 * Guest RAM in shared memory: vCPU Workers write it while their engine copies and places pages. What keeps that right is an
 * order, the same everywhere:
 *
 * - a write: bytes, **then** the dirty bit. A copy: take the dirty bit, **then** read the bytes. A torn copy is then always
 *   sent again.
 * - a page that is placed: look at its received bit, copy, set the bit, wake who waits, with no await in between.
 * - a page that is not received is all zero, so that placing a ZERO page need not touch the memory.
 *
 * @module
 */

import { invariant } from "../invariant.ts";
import { copyPage } from "./copy_page.ts";
import { SharedBitmap, type SharedBitmapBuffer } from "./bitmap.ts";
import { blockOfPage, countPages, PAGE_SIZE, type RamBlock } from "./ram_block.ts";

/** Guest RAM as it travels to another Worker. */
export interface SharedGuestRam {
  readonly blocks: readonly RamBlock[];
  readonly memory: SharedArrayBuffer;
  readonly dirty: SharedBitmapBuffer;
  readonly received: SharedBitmapBuffer;
}

/** What a RAM record carries: the bytes of a page, or the word that all of them are 0. */
export type PageContent = Uint8Array | "zero";

const PAGE_WORDS = PAGE_SIZE / 4;
const ZERO_PAGE = new Uint8Array(PAGE_SIZE);

/**
 * One machine's memory with its dirty and received bitmaps. New RAM is zero, clean, and nothing of it is received.
 *
 * @example
 * ```ts
 * import { assert, assertEquals } from "@std/assert";
 * const ram = GuestRam.allocate([{ name: "ram", offset: 0, length: 8192 }]);
 * assert(ram.placePage(1, new Uint8Array(4096).fill(7)));
 * assertEquals(ram.page(1)[0], 7);
 * assertEquals(ram.placePage(1, "zero"), false);
 * ```
 */
export class GuestRam {
  readonly blocks: readonly RamBlock[];
  /** Pages of all blocks; a page's global index is below it. */
  readonly pages: number;
  /** The bytes of all blocks, one behind the other. */
  readonly memory: Uint8Array<SharedArrayBuffer>;
  /** The same bytes as words: page p has those from p * 1024 on. */
  readonly words: Int32Array<SharedArrayBuffer>;
  /** Pages written since their bit was taken. */
  readonly dirty: SharedBitmap;
  /** Pages that are there. */
  readonly received: SharedBitmap;

  readonly #blocksByName: ReadonlyMap<string, RamBlock>;
  #lastBlock: RamBlock;

  private constructor(shared: SharedGuestRam) {
    this.blocks = shared.blocks;
    this.#blocksByName = new Map(shared.blocks.map((block) => [block.name, block]));
    this.#lastBlock = blockOfPage(shared.blocks, 0);
    this.pages = countPages(shared.blocks);
    this.memory = new Uint8Array(shared.memory);
    this.words = new Int32Array(shared.memory);
    this.dirty = SharedBitmap.attach(shared.dirty);
    this.received = SharedBitmap.attach(shared.received);
  }

  /** New RAM for blocks as `layoutBlocks` gives them. */
  static allocate(blocks: readonly RamBlock[]): GuestRam {
    const pages = countPages(blocks);
    return new GuestRam({
      blocks,
      memory: new SharedArrayBuffer(pages * PAGE_SIZE),
      dirty: SharedBitmap.allocate(pages).shared,
      received: SharedBitmap.allocate(pages).shared,
    });
  }

  /** The same RAM, seen from another Worker. */
  static attach(shared: SharedGuestRam): GuestRam {
    return new GuestRam(shared);
  }

  /** What another Worker needs to `attach`; can be posted. */
  get shared(): SharedGuestRam {
    return {
      blocks: this.blocks,
      memory: this.memory.buffer,
      dirty: this.dirty.shared,
      received: this.received.shared,
    };
  }

  /** The block that a page lies in. Pages are mostly asked for in turn, so the block of the last one is looked at first. */
  blockOf(page: number): RamBlock {
    const at = page * PAGE_SIZE - this.#lastBlock.offset;
    if (at < 0 || at >= this.#lastBlock.length) this.#lastBlock = blockOfPage(this.blocks, page);
    return this.#lastBlock;
  }

  /** The block of a name that may be the peer's; `null` when there is none. */
  blockNamed(name: string): RamBlock | null {
    return this.#blocksByName.get(name) ?? null;
  }

  /** The bytes of a page, in place. Made anew at each call: kept views would cost more memory than the 25 ns they save. */
  page(page: number): Uint8Array<SharedArrayBuffer> {
    invariant(page >= 0 && page < this.pages, () => `Page ${page} of ${this.pages}`);
    return new Uint8Array(this.memory.buffer, page * PAGE_SIZE, PAGE_SIZE);
  }

  /** Copies a page to `into` at byte `at`. */
  copyPage(page: number, into: Uint8Array, at: number): void {
    into.set(this.page(page), at);
  }

  /**
   * Whether a page is all zero. A page with content is nearly always known by its first words. Comparing buffers would be four
   * times as fast for a page that is (5 GB/s here), but `node:buffer` takes 2 MiB of each vCPU's Worker.
   */
  isZeroPage(page: number): boolean {
    const { words } = this;
    const end = (page + 1) * PAGE_WORDS;
    for (let at = page * PAGE_WORDS; at < end; at += 8) {
      const low = words[at]! | words[at + 1]! | words[at + 2]! | words[at + 3]!;
      const high = words[at + 4]! | words[at + 5]! | words[at + 6]! | words[at + 7]!;
      if ((low | high) !== 0) return false;
    }
    return true;
  }

  /**
   * Places a page that postcopy brings, unless it is there already: the guest may have written to it since. The caller wakes
   * who waits for the page, with no await in between.
   *
   * @returns whether it was placed.
   */
  placePage(page: number, content: PageContent): boolean {
    if (this.received.test(page)) return false;
    this.loadPage(page, content);
    return true;
  }

  /** Loads a page that precopy brings, over what is there: no guest runs here yet, and a page comes again when it was written. */
  loadPage(page: number, content: PageContent): void {
    if (content !== "zero") {
      invariant(content.length === PAGE_SIZE, () => `A page of ${content.length} bytes`);
      copyPage(this.memory, page * PAGE_SIZE, content);
    } else if (!this.isZeroPage(page)) {
      this.memory.set(ZERO_PAGE, page * PAGE_SIZE);
    }
    this.received.set(page);
  }

  /** Forgets a page: it has to be received again. */
  discard(page: number): void {
    this.received.clear(page);
    if (!this.isZeroPage(page)) this.memory.set(ZERO_PAGE, page * PAGE_SIZE);
  }

  /** Makes the RAM as new. No guest may run on it. */
  reset(): void {
    for (let page = 0; page < this.pages; page++) this.discard(page);
    this.dirty.clearAll();
  }
}
