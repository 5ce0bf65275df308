/**
 * What the proxy waits for: the descriptors that somebody wants something of, and until when. It is filled anew before every
 * wait, since interest changes with every byte that is held or sent.
 *
 * @module
 */

import type { SocketCalls } from "./socket_calls.ts";

/** What can be wanted of a descriptor, and what poll(2) answers besides. */
export const Ready = { read: 0x1, write: 0x4, error: 0x8, hangUp: 0x10 } as const;

/** poll(2) may return this much late: the rest of a wait is spun. */
const SPIN_US = 150;

/** One set of interests, used again and again. */
export class PollSet {
  readonly #calls: SocketCalls;
  readonly #nowUs: () => number;
  #entries = new Int32Array(64);
  #handlers: ((ready: number) => void)[] = [];
  #count = 0;
  #wakeUs = Infinity;

  constructor(calls: SocketCalls, nowUs: () => number) {
    this.#calls = calls;
    this.#nowUs = nowUs;
  }

  /** Forgets all interests. */
  clear(): void {
    this.#count = 0;
    this.#wakeUs = Infinity;
  }

  /** Calls `handle` when `fd` is ready for one of `wanted`, or has failed. Without a want a failure is not looked for either. */
  watch(fd: number, wanted: number, handle: (ready: number) => void): void {
    if (wanted === 0) return;
    const at = 2 * this.#count;
    if (at + 2 > this.#entries.length) {
      const larger = new Int32Array(2 * this.#entries.length);
      larger.set(this.#entries);
      this.#entries = larger;
    }
    this.#entries[at] = fd;
    // The second half of a pollfd: what is wanted below, what is ready above.
    this.#entries[at + 1] = wanted;
    this.#handlers[this.#count++] = handle;
  }

  /** Ends the wait at that time of the clock at the latest. */
  wakeAt(us: number | null): void {
    if (us !== null) this.#wakeUs = Math.min(this.#wakeUs, us);
  }

  /** Waits, and serves what is ready. */
  wait(): void {
    for (;;) {
      const leftUs = this.#wakeUs - this.#nowUs();
      const timeoutUs = leftUs === Infinity ? Infinity : Math.max(0, leftUs - SPIN_US);
      const ready = this.#calls.poll(this.#entries, this.#count, timeoutUs);
      if (ready > 0) return this.#serve();
      if (this.#nowUs() >= this.#wakeUs) return;
    }
  }

  #serve(): void {
    for (let i = 0; i < this.#count; i++) {
      const ready = this.#entries[2 * i + 1]! >>> 16;
      if (ready !== 0) this.#handlers[i]!(ready);
    }
  }
}
