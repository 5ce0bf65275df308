/**
 * A bound on the time that a promise may take.
 *
 * @module
 */

/** Options of `deadline`. */
export interface DeadlineOptions {
  /** Gives up early: the result then rejects with the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Settles as `p` does, or rejects after `ms` milliseconds. `p` itself goes on.
 *
 * @throws {DOMException} "TimeoutError", when the time is over.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(await deadline(Promise.resolve("in time"), 1000), "in time");
 * ```
 */
export async function deadline<T>(
  p: Promise<T>,
  ms: number,
  options: DeadlineOptions = {},
): Promise<T> {
  const over = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => over.reject(new DOMException("Signal timed out.", "TimeoutError")),
    ms,
  );
  const { signal } = options;
  const abort = () => over.reject(signal?.reason);
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort);
  try {
    return await Promise.race([p, over.promise]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}
