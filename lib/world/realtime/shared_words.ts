/**
 * Waiting for words in shared memory, with the loop and without it.
 *
 * The hard thing is that storing a word and notifying are two steps: whoever looks at the word in between must not
 * fall asleep on the old value, so every wait compares first and compares again after each wake-up.
 *
 * @module
 */

/** An `Atomics.wait` returns up to this much late: the rest of a wait is spun. */
const SPIN_US = 150;

/** No blocking wait is longer than this, so that a Worker never depends on a single wake-up. */
const WAIT_US_MAX = 100_000;

/** Words that several Workers see. */
export type SharedWords = Int32Array<SharedArrayBuffer>;

/** Stores a word and wakes all who wait for it to change. */
export function storeAndNotify(words: SharedWords, index: number, value: number): void {
  Atomics.store(words, index, value);
  Atomics.notify(words, index);
}

/** Adds one to a word and wakes all who wait for it to change. */
export function addAndNotify(words: SharedWords, index: number): void {
  Atomics.add(words, index, 1);
  Atomics.notify(words, index);
}

/** Waits on this thread's loop, which goes on, while the word is `value` and the caller still wants to know. */
export async function waitWhile(
  words: SharedWords,
  index: number,
  value: number,
  isWanted: () => boolean = () => true,
): Promise<void> {
  // Atomics.waitAsync does not keep a loop alive, and neither does a socket that nobody reads.
  const keepAlive = setInterval(() => {}, 1 << 30);
  try {
    while (Atomics.load(words, index) === value && isWanted()) {
      const wait = Atomics.waitAsync(words, index, value);
      if (wait.async) await wait.value;
    }
  } finally {
    clearInterval(keepAlive);
  }
}

/**
 * Blocks this thread while the word is `value`, until `deadlineUs` on `nowUs`'s clock: exact to some microseconds,
 * since the end of the wait is spun. `Infinity` waits for the word alone.
 *
 * @returns whether the deadline has come; `false` means that the word is no longer `value`.
 */
export function blockUntil(
  words: SharedWords,
  index: number,
  value: number,
  deadlineUs: number,
  nowUs: () => number,
): boolean {
  while (Atomics.load(words, index) === value) {
    const leftUs = deadlineUs - nowUs();
    if (leftUs <= 0) return true;
    if (leftUs > SPIN_US) {
      Atomics.wait(words, index, value, Math.min(leftUs - SPIN_US, WAIT_US_MAX) / 1000);
    }
  }
  return false;
}
