/**
 * Counters of one outgoing migration, in query-migrate's words and units.
 *
 * @module
 */

import { PAGE_SIZE } from "../../ram/ram_block.ts";

/** The phase that sent bytes are counted in. */
export type TransferPhase = "precopy" | "downtime" | "postcopy";

/** Sent bytes and pages, and when things happened (microseconds of the world's clock). */
export class MigrationStats {
  readonly beganUs: number;
  readonly bytes: Record<TransferPhase, number> = { precopy: 0, downtime: 0, postcopy: 0 };
  phase: TransferPhase = "precopy";
  /** Pages sent whole. */
  normal = 0;
  /** Pages that were all zero. */
  duplicate = 0;
  postcopyRequests = 0;
  /** Pages dirtied per second between the last two syncs. */
  dirtyPagesRate = 0;
  setupEndedUs: number | null = null;
  downtimeBeganUs: number | null = null;
  downtimeEndedUs: number | null = null;
  endedUs: number | null = null;

  #syncedUs: number;

  constructor(nowUs: number) {
    this.beganUs = nowUs;
    this.#syncedUs = nowUs;
  }

  /** The guest stops for the switch. */
  beginDowntime(nowUs: number): void {
    this.downtimeBeganUs = nowUs;
    this.phase = "downtime";
  }

  /** The guest may run on the destination. */
  endDowntime(nowUs: number): void {
    this.downtimeEndedUs = nowUs;
    this.phase = "postcopy";
  }

  /** Notes bytes handed to a channel. */
  sent(bytes: number): void {
    this.bytes[this.phase] += bytes;
  }

  /** Notes a dirty sync that added `pages` to those still to be sent. */
  synced(nowUs: number, pages: number): void {
    const elapsedUs = nowUs - this.#syncedUs;
    if (elapsedUs > 0) this.dirtyPagesRate = Math.round(pages * 1e6 / elapsedUs);
    this.#syncedUs = nowUs;
  }

  /** Sent bytes of all phases. */
  get transferred(): number {
    return this.bytes.precopy + this.bytes.downtime + this.bytes.postcopy;
  }

  get normalBytes(): number {
    return this.normal * PAGE_SIZE;
  }
}
