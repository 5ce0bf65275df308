/**
 * Which pages are still to be sent (QEMU's RAMState): the migration bitmap, its sync with the guest's dirty log, and the scan over it.
 *
 * A page leaves the bitmap in the same step in which its record is made, so the page is on exactly one channel: what is no longer in
 * the bitmap when it is requested is on its way already.
 *
 * @module
 */

import { SharedBitmap } from "../../ram/bitmap.ts";
import type { GuestRam } from "../../ram/guest_ram.ts";

/** Pages to send. */
export class RamState {
  readonly #ram: GuestRam;
  readonly #toSend: SharedBitmap;
  #remaining: number;
  #cursor = 0;
  #syncCount = 0;

  /** Every page is to be sent, so what is dirty now need not be marked. */
  constructor(ram: GuestRam) {
    this.#ram = ram;
    this.#toSend = SharedBitmap.allocate(ram.pages);
    this.#toSend.fill();
    this.#remaining = ram.pages;
    ram.dirty.clearAll();
  }

  /** Pages still to be sent. */
  get remaining(): number {
    return this.#remaining;
  }

  /** How often the dirty log was taken. */
  get syncCount(): number {
    return this.#syncCount;
  }

  /** Takes the guest's dirty log (`migration_bitmap_sync`). Returns how many pages were added to those still to be sent. */
  sync(): number {
    this.#syncCount++;
    const added = this.#ram.dirty.takeInto(this.#toSend);
    this.#remaining += added;
    return added;
  }

  /** Takes the next page of the background scan; `null` when none is left. */
  takeNext(): number | null {
    if (this.#remaining === 0) return null;
    let page = this.#toSend.nextSet(this.#cursor);
    if (page === this.#toSend.size) page = this.#toSend.nextSet(0);
    this.#take(page);
    return page;
  }

  /**
   * Takes a requested page; false if it was sent before. The background scan goes on behind it: what the guest touches
   * next is likely to be near.
   */
  takeRequested(page: number): boolean {
    if (!this.#toSend.test(page)) return false;
    this.#take(page);
    return true;
  }

  /** Pages of [first, end) still to be sent, as runs: what a destination must discard at the switch. */
  *runs(first: number, end: number): Generator<{ readonly first: number; readonly count: number }> {
    for (let page = this.#toSend.nextSet(first); page < end; page = this.#toSend.nextSet(page)) {
      const next = Math.min(end, this.#toSend.nextClear(page));
      yield { first: page, count: next - page };
      page = next;
    }
  }

  /** Recovery: exactly the pages that the destination has not received are to be sent (`ram_dirty_bitmap_reload`). */
  reload(received: SharedBitmap): void {
    received.invertInto(this.#toSend);
    this.#remaining = this.#toSend.count();
    this.#cursor = 0;
  }

  #take(page: number): void {
    this.#toSend.clear(page);
    this.#remaining--;
    this.#cursor = page + 1;
  }
}
