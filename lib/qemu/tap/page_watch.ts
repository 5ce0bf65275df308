/**
 * Page requests as the wire shows them: from the request on the return path to the page's record, on whichever channel that comes.
 * It needs nothing of either side, so it says of every QEMU version what only 10.1 and later tell themselves.
 *
 * The hard thing is the request for a page that has passed already and is still on its way: no record will follow it, and how long
 * it was waited for cannot be seen from here. Such requests are counted, and have no latency.
 *
 * @module
 */

import type { PageChannel } from "../../ram/page_request_log.ts";
import { PAGE_SIZE } from "../../ram/ram_block.ts";

/** A request that was answered. */
export interface WatchedRequest {
  readonly block: string;
  /** Offset in the block, in bytes. */
  readonly offset: number;
  /** When the request was seen, in microseconds of the clock. */
  readonly atUs: number;
  /** Until the last record of the page was seen, in microseconds. */
  readonly latencyUs: number;
  /** Which channel brought that record. */
  readonly channel: PageChannel;
}

/** A request that waits. */
interface OpenRequest {
  readonly atUs: number;
  /** Records of the page that have not come. */
  missing: number;
}

/** What is known of a block. */
interface WatchedBlock {
  readonly name: string;
  /** Bytes of a host page. */
  readonly pageSize: number;
  /** By offset. */
  readonly open: Map<number, OpenRequest>;
  /** One byte for each target page: whether it has passed in this session. */
  readonly passed: Uint8Array;
}

/** The requests of one migration. */
export class PageWatch {
  readonly #blocks = new Map<string, WatchedBlock>();
  readonly #onAnswer: (request: WatchedRequest) => void;
  #openCount = 0;
  #passedBefore = 0;
  #repeated = 0;

  constructor(onAnswer: (request: WatchedRequest) => void) {
    this.#onAnswer = onAnswer;
  }

  /** Requests that wait. */
  get open(): number {
    return this.#openCount;
  }

  /** Requests for pages that had passed before they were seen. */
  get passedBefore(): number {
    return this.#passedBefore;
  }

  /** Requests for pages that were asked for before: after a recovery, or by another vCPU. */
  get repeated(): number {
    return this.#repeated;
  }

  /** A new block; `pageSize` of its host pages, in bytes. */
  introduce(name: string, usedLength: number, pageSize: number): void {
    const passed = new Uint8Array(Math.ceil(usedLength / PAGE_SIZE));
    this.#blocks.set(name, { name, pageSize, open: new Map(), passed });
  }

  /** From here on pages that pass stay there, unless their channel breaks: the switch, and every recovery. */
  forgetPassed(): void {
    for (const { passed } of this.#blocks.values()) passed.fill(0);
  }

  /** A request for whole host pages was seen. */
  requested(name: string, start: number, length: number, nowUs: number): void {
    const block = this.#blocks.get(name);
    if (block === undefined) return;
    for (let offset = start; offset < start + length; offset += block.pageSize) {
      if (block.open.has(offset)) {
        this.#repeated++;
        continue;
      }
      const missing = countMissing(block, offset);
      if (missing === 0) {
        this.#passedBefore++;
        continue;
      }
      block.open.set(offset, { atUs: nowUs, missing });
      this.#openCount++;
    }
  }

  /** A page's record has passed. */
  passed(name: string, offset: number, channel: PageChannel, nowUs: number): void {
    const block = this.#blocks.get(name);
    if (block === undefined) return;
    block.passed[offset / PAGE_SIZE] = 1;
    if (this.#openCount === 0) return;
    const start = offset - offset % block.pageSize;
    const request = block.open.get(start);
    if (request === undefined || --request.missing > 0) return;
    block.open.delete(start);
    this.#openCount--;
    const { atUs } = request;
    this.#onAnswer({ block: name, offset: start, atUs, latencyUs: nowUs - atUs, channel });
  }

  /** Since when each request that waits has done so. */
  *openSinceUs(): Generator<number> {
    for (const { open } of this.#blocks.values()) for (const { atUs } of open.values()) yield atUs;
  }

  /** A session ends: what was on its way may be lost, and is asked for and sent again. */
  restart(): void {
    this.forgetPassed();
    for (const { open, pageSize } of this.#blocks.values()) {
      for (const request of open.values()) request.missing = pageSize / PAGE_SIZE;
    }
  }
}

/** The records of a host page that have not passed. */
function countMissing({ passed, pageSize }: WatchedBlock, offset: number): number {
  const first = offset / PAGE_SIZE;
  let missing = 0;
  for (let page = first; page < first + pageSize / PAGE_SIZE; page++) {
    if (passed[page] === 0) missing++;
  }
  return missing;
}
