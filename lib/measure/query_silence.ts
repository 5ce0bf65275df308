/**
 * The arithmetic of the QMP prober: round trips from intended times, and the longest silence, which is what a user of the
 * monitor calls a freeze. Silence is time in which a query was outstanding and no answer came; with every answer it begins
 * anew. A server with nothing to answer is not silent.
 *
 * @module
 */

import { type LatencyFigures, LatencyHistogram } from "./histogram.ts";

/** One query of an open-loop prober. */
export interface ProbedQuery {
  readonly intendedUs: number;
  readonly sentUs: number;
  /** `null` if no answer came before the measurement ended. */
  readonly answeredUs: number | null;
}

/** What a user of one QMP server felt. */
export interface QmpResponsiveness {
  /** From the intended time to the answer; one without an answer has waited until the end. `null` if no query fell due. */
  readonly roundTrip: LatencyFigures | null;
  readonly longestSilenceUs: number;
  /** How late the prober was: what it adds to every round trip. */
  readonly sendLateness: LatencyFigures | null;
}

/**
 * Works out the figures from all queries of one prober, in the order of their intended times, up to `endUs`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const queries = [
 *   { intendedUs: 0, sentUs: 0, answeredUs: 1000 },
 *   { intendedUs: 500, sentUs: 500, answeredUs: 1001 },
 * ];
 * assertEquals(measureQueries(queries, 2000).longestSilenceUs, 1000);
 * ```
 */
export function measureQueries(
  queries: readonly ProbedQuery[],
  endUs: number,
): QmpResponsiveness {
  const roundTrip = new LatencyHistogram();
  const sendLateness = new LatencyHistogram();
  let longestSilenceUs = 0;
  let heardUs = -Infinity;
  for (const { intendedUs, sentUs, answeredUs } of queries) {
    const untilUs = Math.max(intendedUs, answeredUs ?? endUs);
    roundTrip.record(untilUs - intendedUs);
    sendLateness.record(sentUs - intendedUs);
    longestSilenceUs = Math.max(longestSilenceUs, untilUs - Math.max(sentUs, heardUs));
    heardUs = Math.max(heardUs, untilUs);
  }
  return { roundTrip: roundTrip.figures(), longestSilenceUs, sendLateness: sendLateness.figures() };
}
