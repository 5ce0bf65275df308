/**
 * One writer at a time on a channel that several threads write to. Waiters go in the order in which they came.
 *
 * @module
 */

import type { Condition, MainLoop } from "../world/world.ts";

/** A lock that is held over awaits. */
export class Mutex {
  readonly #freed: Condition;
  #held = false;
  #next = 0;
  #serving = 0;

  constructor(mainLoop: MainLoop) {
    this.#freed = mainLoop.condition();
  }

  /** Runs `critical` alone; a rejection of it is passed on and frees the lock. */
  async run<T>(critical: () => Promise<T>): Promise<T> {
    const ticket = this.#next++;
    while (this.#held || ticket !== this.#serving) await this.#freed.wait();
    this.#held = true;
    try {
      return await critical();
    } finally {
      this.#held = false;
      this.#serving++;
      this.#freed.notify();
    }
  }
}
