/**
 * Makes RAM records of pages and sends the background stream on the main channel.
 *
 * The hard thing is the batch: small enough that a page request never waits long behind it, large enough for the socket.
 *
 * @module
 */

import { offsetInBlock, PAGE_SIZE } from "../../ram/ram_block.ts";
import type { PageBatch } from "../../wire/page_batch.ts";
import { RamRecordWriter } from "../../wire/ram_record_writer.ts";
import type { Channel } from "../../world/world.ts";
import type { EngineContext } from "../context.ts";
import { RateLimiter, WINDOW_US } from "../rate_limiter.ts";
import type { Session } from "../session.ts";
import type { MigrationStats } from "./migration_stats.ts";
import type { RamState } from "./ram_state.ts";
import { RAM_SECTION_ID } from "./stream.ts";

/** Bytes of one batch while nobody waits for a page. */
const PRECOPY_BATCH_BYTES = 512 * 1024;
/** Bytes of one batch while page requests may come: a request waits for the batch that is being made. */
const POSTCOPY_BATCH_BYTES = 64 * 1024;
/** Pages of one batch: zero pages take next to no bytes, but time to look at. */
const BATCH_PAGES = 512;
/** Heads of the records of one batch: more than its pages have, unless most of them name their block. */
const HEAD_BYTES = 16 * 1024;
/** A limited sender's batch holds at most this much of its time, so that its pace is even. */
const LIMITED_BATCH_SECONDS = 0.005;

/** The parameters that limit a sender. */
export type BandwidthParameter = "max-bandwidth" | "max-postcopy-bandwidth";

/** Sends pages over one session's main channel. */
export class RamSender {
  readonly #context: EngineContext;
  readonly #ram: RamState;
  readonly #stats: MigrationStats;
  readonly #session: Session;
  readonly #records: RamRecordWriter;
  readonly #limiter: RateLimiter;
  /** Requested pages that go out on the main channel, because there is no preempt channel. */
  readonly #requested: number[] = [];
  /** Requested pages in the batch that is being written. */
  readonly #inBatch: number[] = [];
  /** All of its pages. */
  readonly #batchPages: number[] = [];

  constructor(context: EngineContext, ram: RamState, stats: MigrationStats, session: Session) {
    this.#context = context;
    this.#ram = ram;
    this.#stats = stats;
    this.#session = session;
    this.#records = new RamRecordWriter(HEAD_BYTES);
    this.#limiter = new RateLimiter(0, context.world.clock.now());
  }

  /** Puts a requested page in front of the background stream. */
  queueRequested(page: number): void {
    this.#requested.push(page);
    this.#session.changed.notify();
  }

  /** Appends the record of `page`, whole or zero. */
  readonly append = (records: RamRecordWriter, page: number): void => {
    const { ram } = this.#context.machine;
    const { mainLoop } = this.#context.world;
    const block = ram.blockOf(page);
    const offset = offsetInBlock(block, page);
    mainLoop.spend("page-scanned");
    if (ram.isZeroPage(page)) {
      records.zero(block.name, offset);
      this.#stats.duplicate++;
      return;
    }
    records.page(block.name, offset, ram.page(page));
    mainLoop.spend("page-copied");
    this.#stats.normal++;
  };

  /**
   * With `release-ram`, gives back pages whose records have been written. A cut loses what the destination has not read, which is why
   * there is no recovery with this capability.
   */
  release(pages: readonly number[]): void {
    const { capabilities, machine } = this.#context;
    if (!capabilities["release-ram"] || this.#stats.phase !== "postcopy") return;
    for (const page of pages) machine.ram.discard(page);
  }

  /**
   * Sends one batch of what is left as a RAM PART, waiting first where a limit asks for it.
   *
   * @param limit which parameter limits the rate: `max-bandwidth`, or `max-postcopy-bandwidth` after the switch; `null`: no limit,
   * because the guest is stopped and waits.
   * @throws {ChannelError | SessionError} when the session ended.
   */
  async sendBatch(main: Channel, limit: BandwidthParameter | null): Promise<void> {
    const { world } = this.#context;
    await this.#waitForLimit(limit);
    const isAheadOfLimit = this.#limiter.delayUs(world.clock.now()) > 0;
    const batch = this.#makeBatch(limit !== "max-postcopy-bandwidth", isAheadOfLimit);
    this.#limiter.spend(batch.length);
    this.#stats.sent(batch.length);
    await main.write(batch);
    this.release(this.#batchPages);
    this.#logWritten();
    await world.mainLoop.turn();
  }

  /** Waits as the limit says; a request that comes meanwhile goes out at once, and a changed limit holds within a window, as in QEMU. */
  async #waitForLimit(limit: BandwidthParameter | null): Promise<void> {
    const { clock } = this.#context.world;
    for (;;) {
      this.#session.throwIfEnded();
      const nowUs = clock.now();
      this.#limiter.setRate(limit === null ? 0 : this.#context.parameters[limit], nowUs);
      const delayUs = this.#limiter.delayUs(nowUs);
      if (delayUs === 0 || this.#requested.length > 0) return;
      await this.#session.changed.wait(Math.min(delayUs, WINDOW_US));
    }
  }

  /** @param onlyRequested the limit does not allow anything yet, and only requested pages are under none. */
  #makeBatch(precopy: boolean, onlyRequested: boolean): PageBatch {
    const records = this.#records;
    const room = this.#batchBytes(precopy ? PRECOPY_BATCH_BYTES : POSTCOPY_BATCH_BYTES);
    records.reset();
    this.#batchPages.length = 0;
    records.begin("section-part", RAM_SECTION_ID);
    for (let pages = 0; pages < BATCH_PAGES; pages++) {
      const page = this.#takeRequested() ?? (onlyRequested ? null : this.#ram.takeNext());
      if (page === null) break;
      this.append(records, page);
      this.#batchPages.push(page);
      if (records.length >= room || records.isFull) break;
    }
    records.finish();
    return records.batch;
  }

  /** The next requested page that no channel carries yet. */
  #takeRequested(): number | undefined {
    for (;;) {
      const page = this.#requested.shift();
      if (page === undefined) return undefined;
      if (!this.#ram.takeRequested(page)) continue;
      this.#inBatch.push(page);
      return page;
    }
  }

  #batchBytes(whole: number): number {
    const rate = this.#limiter.bytesPerSecond;
    if (rate === 0) return whole;
    return Math.min(whole, Math.max(PAGE_SIZE, rate * LIMITED_BATCH_SECONDS));
  }

  #logWritten(): void {
    const timeUs = this.#context.world.clock.now();
    for (const page of this.#inBatch) {
      this.#context.pageRequests.record("record-written", {
        session: this.#session.phase,
        page,
        channel: "main",
        timeUs,
      });
    }
    this.#inBatch.length = 0;
  }
}
