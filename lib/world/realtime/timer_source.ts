/**
 * An alarm source by the timer Worker that the Worlds of a process share: late by some tens of microseconds.
 *
 * @module
 */

import type { AlarmSource } from "./alarms.ts";
import { type SharedTimer, TimerClient } from "./shared_timer.ts";

/** One World's wake-ups. */
export class TimerSource implements AlarmSource {
  readonly #client: TimerClient;
  readonly #onTime: () => void;
  #isArmed = false;
  #waiting: Promise<void> | null = null;

  constructor(timer: SharedTimer, onTime: () => void) {
    this.#client = new TimerClient(timer);
    this.#onTime = onTime;
  }

  setDeadline(deadlineUs: number | null): void {
    // Counted before the deadline is known over there: what rings from now on is for this wait.
    const rings = this.#client.rings;
    this.#client.setDeadline(deadlineUs);
    this.#isArmed = deadlineUs !== null;
    if (this.#isArmed) this.#waiting ??= this.#wait(rings);
    else if (this.#waiting !== null) this.#client.ring();
  }

  async close(): Promise<void> {
    this.setDeadline(null);
    await this.#waiting;
    this.#client.close();
  }

  async #wait(firstRings: number): Promise<void> {
    for (let rings = firstRings; this.#isArmed;) {
      await this.#client.waitForRing(rings);
      rings = this.#client.rings;
      this.#onTime();
    }
    this.#waiting = null;
  }
}
