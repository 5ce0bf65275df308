/**
 * The pulse of a Worker: which of its seeds it is at, and that it goes on at all.
 *
 * Virtual time and steps bound a run, but not an engine that never comes back from one step. Its Worker answers nothing any more, so
 * that only memory that both share can tell.
 *
 * @module
 */

/** Shared by a campaign and one Worker. */
export class Pulse {
  readonly shared: SharedArrayBuffer;
  /** Runs that were begun, and the place of the seed in its batch. */
  readonly #words: Int32Array<SharedArrayBuffer>;

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(8)) {
    this.shared = shared;
    this.#words = new Int32Array(shared);
  }

  /** Called by the Worker: a run begins. */
  beat(seedIndex: number): void {
    Atomics.store(this.#words, 1, seedIndex);
    Atomics.add(this.#words, 0, 1);
  }

  /** The place of the seed that is run. */
  get seedIndex(): number {
    return Atomics.load(this.#words, 1);
  }

  /**
   * Resolves with `null` when so many looks in a row found no run begun. Looks are counted and not time: whatever freezes the Worker
   * with all of its process, such as a machine that sleeps, is no hang.
   *
   * @param signal ends the watch.
   * @param everyMs how long after each other.
   */
  async silence(looks: number, signal: AbortSignal, everyMs = 1000): Promise<null> {
    let [last, seen] = [-1, 0];
    while (!signal.aborted) {
      const beats = Atomics.load(this.#words, 0);
      seen = beats === last ? seen + 1 : 0;
      last = beats;
      if (seen === looks) break;
      await sleep(everyMs, signal);
    }
    return null;
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    resolve();
  }, { once: true });
  return promise;
}
