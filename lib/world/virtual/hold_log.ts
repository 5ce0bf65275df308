/**
 * How long a shim held each write of a preempt channel: its part of the blame for a page request's latency.
 *
 * @module
 */

import type { ShimHold } from "../../netem/shim_hold.ts";

/** A write that the shim has not let go yet. */
interface OpenHold {
  /** Where it ends among the channel's bytes. */
  readonly end: number;
  readonly record: number;
  readonly enqueuedUs: number;
}

/** Follows the writes of one channel. */
export class HoldLog {
  readonly #phase: number;
  readonly #holds: ShimHold[];
  readonly #open: OpenHold[] = [];
  #records = 0;

  /** @param holds Where each hold is added when it ends. */
  constructor(phase: number, holds: ShimHold[]) {
    this.#phase = phase;
    this.#holds = holds;
  }

  /** A write that goes straight through. */
  pass(): void {
    this.#records++;
  }

  /** A write that is held, and that ends at `end`. */
  hold(end: number, enqueuedUs: number): void {
    this.#open.push({ end, record: this.#records++, enqueuedUs });
  }

  /** Bytes up to `end` are let go. */
  release(end: number, releasedUs: number): void {
    for (let hold = this.#open[0]; hold !== undefined && hold.end <= end; hold = this.#open[0]) {
      this.#open.shift();
      const { record, enqueuedUs } = hold;
      this.#holds.push({ phase: this.#phase, record, enqueuedUs, releasedUs });
    }
  }

  /** What is held is dropped. */
  drop(): void {
    this.#open.length = 0;
  }
}
