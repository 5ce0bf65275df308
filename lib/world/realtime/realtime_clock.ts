/**
 * The Clock of the real-time World: the process clock, and sleep by alarms.
 *
 * @module
 */

import type { Clock } from "../world.ts";
import type { Alarms } from "./alarms.ts";

/** Real time. */
export class RealtimeClock implements Clock {
  readonly now: () => number;
  readonly #alarms: Alarms;

  constructor(nowUs: () => number, alarms: Alarms) {
    this.now = nowUs;
    this.#alarms = alarms;
  }

  sleep(us: number, signal?: AbortSignal): Promise<void> {
    if (us <= 0 || signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        takeBack();
        signal?.removeEventListener("abort", end);
        resolve();
      };
      const takeBack = this.#alarms.set(this.now() + us, end);
      signal?.addEventListener("abort", end);
    });
  }
}
