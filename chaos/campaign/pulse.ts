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
   * Resolves with `null` when nothing has begun for so long.
   *
   * @param signal ends the watch.
   */
  async silence(seconds: number, signal: AbortSignal): Promise<null> {
    let last = -1;
    while (!signal.aborted) {
      const beats = Atomics.load(this.#words, 0);
      if (beats === last) break;
      last = beats;
      await sleep(seconds, signal);
    }
    return null;
  }
}

function sleep(seconds: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, seconds * 1000);
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    resolve();
  }, { once: true });
  return promise;
}
