/**
 * How long a shim held each record of a preempt channel: the shim's part of the blame for a page request's latency.
 *
 * @module
 */

/** One write that was held. */
export interface Hold {
  /** The connect phase of the channel: 0 = start of the migration, k = k-th recovery. */
  readonly phase: number;
  /**
   * Which write of its channel this is, from 0; the source writes each preempt record with one write. Writes not held count
   * too.
   */
  readonly record: number;
  /** When the engine wrote it, in microseconds of the World's clock. */
  readonly enqueuedUs: number;
  /** When the shim let its last byte go on. */
  readonly releasedUs: number;
}

/** Follows the writes of one channel and appends each to a log when it is released. */
export class HoldLog {
  readonly #phase: number;
  readonly #log: Hold[];
  #records = 0;
  #enqueuedBytes = 0;
  #releasedBytes = 0;
  /** Writes whose last byte, the `end`-th of all that were held, was not released yet. */
  readonly #held: { readonly record: number; readonly enqueuedUs: number; readonly end: number }[] =
    [];

  constructor(phase: number, log: Hold[]) {
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
