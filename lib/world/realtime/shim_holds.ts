/**
 * How long a shim held each record of a preempt channel: the shim's part of the blame for a page request's latency.
 *
 * @module
 */

import type { ShimHold } from "../../netem/shim_hold.ts";

/** Follows the writes of one channel and appends each to a log when it is released. */
export class HoldLog {
  readonly #phase: number;
  readonly #log: ShimHold[];
  #records = 0;
  #enqueuedBytes = 0;
  #releasedBytes = 0;
  /** Writes whose last byte, the `end`-th of all that were held, was not released yet. */
  readonly #held: { readonly record: number; readonly enqueuedUs: number; readonly end: number }[] =
    [];

  constructor(phase: number, log: ShimHold[]) {
    this.#phase = phase;
    this.#log = log;
  }

  /** A write that goes straight through. */
  passed(): void {
    this.#records++;
  }

  /** A write of `bytes` that is held. */
  enqueued(bytes: number, nowUs: number): void {
    this.#enqueuedBytes += bytes;
    this.#held.push({ record: this.#records, enqueuedUs: nowUs, end: this.#enqueuedBytes });
    this.#records++;
  }

  /** The next `bytes` of what is held may go on. */
  released(bytes: number, nowUs: number): void {
    this.#releasedBytes += bytes;
    for (let [first] = this.#held; first !== undefined; [first] = this.#held) {
      const { record, enqueuedUs, end } = first;
      if (end > this.#releasedBytes) return;
      this.#log.push({ phase: this.#phase, record, enqueuedUs, releasedUs: nowUs });
      this.#held.shift();
    }
  }
}
