/**
 * Waiting.
 *
 * @module
 */

import { setTimeout } from "node:timers/promises";

/** Options of `delay`. */
export interface DelayOptions {
  /** Ends the wait early: the promise then rejects with the signal's reason. */
  signal?: AbortSignal;
  /**
   * Whether the wait keeps the process alive.
   *
   * @default {true}
   */
  persistent?: boolean;
}

/**
 * Resolves after `ms` milliseconds.
 *
 * @throws the reason of `options.signal`, when it aborts.
 *
 * @example
 * ```ts
 * import { assertRejects } from "@std/assert";
 * await delay(1);
 * await assertRejects(() => delay(1000, { signal: AbortSignal.abort(new Error("enough")) }), Error, "enough");
 * ```
 */
export async function delay(ms: number, options: DelayOptions = {}): Promise<void> {
  const { signal, persistent } = options;
  try {
    await setTimeout(ms, undefined, { ref: persistent ?? true, ...(signal ? { signal } : {}) });
  } catch (error) {
    // node wraps the reason in an AbortError of its own.
    if (signal?.aborted) throw signal.reason;
    throw error;
  }
}
