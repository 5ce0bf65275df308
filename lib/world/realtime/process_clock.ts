/**
 * One clock for all Workers of a process. `performance.now()` starts at 0 in each of them, `performance.timeOrigin`
 * says when that was, and their sum agrees to about a microsecond. Counted from an origin that the Workers share, the
 * numbers stay small and exact.
 *
 * @module
 */

/** Reads the clock that starts at `originMs` (a `performance.timeOrigin`): whole microseconds, never going back. */
export function processClock(originMs: number): () => number {
  const startMs = performance.timeOrigin - originMs;
  return () => Math.floor((startMs + performance.now()) * 1000);
}
