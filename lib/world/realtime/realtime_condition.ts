/**
 * The Condition of the real-time World.
 *
 * @module
 */

import type { Condition } from "../world.ts";

/** Calls `ring` after `us`; returns a function that takes that back. */
export type SetTimer = (us: number, ring: () => void) => () => void;

/** Waiting threads, in the order in which they began to wait. */
export class RealtimeCondition implements Condition {
  readonly #setTimer: SetTimer;
  readonly #waiting = new Set<() => void>();

  constructor(setTimer: SetTimer) {
    this.#setTimer = setTimer;
  }

  wait(timeoutUs?: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        takeBack?.();
        this.#waiting.delete(wake);
        resolve();
      };
      const takeBack = timeoutUs === undefined ? undefined : this.#setTimer(timeoutUs, wake);
      this.#waiting.add(wake);
    });
  }

  notify(): void {
    // A copy: a thread that waits again at once waits for the next notify.
    for (const wake of [...this.#waiting]) wake();
  }
}
