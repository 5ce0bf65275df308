/**
 * A sender's own bandwidth limit (`max-bandwidth`, `max-postcopy-bandwidth`): a token bucket that holds at most one window, so that a
 * pause is not made up for by a burst. Pure: the caller brings the time.
 *
 * @module
 */

/** Microseconds over which a limit holds, as in QEMU (BUFFER_DELAY, 100 ms). */
export const WINDOW_US = 100_000;

/** Says how long a sender must wait before it may go on. */
export class RateLimiter {
  #bytesPerSecond: number;
  #tokens = 0;
  #refilledUs: number;

  /** @param bytesPerSecond 0 = no limit. */
  constructor(bytesPerSecond: number, nowUs: number) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#refilledUs = nowUs;
  }

  /** The limit in bytes per second, 0 = none. */
  get bytesPerSecond(): number {
    return this.#bytesPerSecond;
  }

  /** Changes the limit; tokens are counted anew from `nowUs`. */
  setRate(bytesPerSecond: number, nowUs: number): void {
    if (bytesPerSecond === this.#bytesPerSecond) return;
    this.#bytesPerSecond = bytesPerSecond;
    this.#tokens = 0;
    this.#refilledUs = nowUs;
  }

  /** Notes that `bytes` were sent. */
  spend(bytes: number): void {
    if (this.#bytesPerSecond > 0) this.#tokens -= bytes;
  }

  /** Microseconds until the next batch may go; 0 = now. */
  delayUs(nowUs: number): number {
    if (this.#bytesPerSecond === 0) return 0;
    const earned = (nowUs - this.#refilledUs) * this.#bytesPerSecond / 1e6;
    const windowBytes = this.#bytesPerSecond * WINDOW_US / 1e6;
    this.#tokens = Math.min(this.#tokens + earned, windowBytes);
    this.#refilledUs = nowUs;
    return this.#tokens >= 0 ? 0 : Math.ceil(-this.#tokens * 1e6 / this.#bytesPerSecond);
  }
}
