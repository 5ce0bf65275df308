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

/** A time in which a query was outstanding and no answer came. */
export interface Silence {
  readonly beginUs: number;
  readonly lengthUs: number;
}

/** Shorter ones are not listed: every answer takes some time. */
export const SILENCE_LISTED_FROM_US = 1000;

/** What a user of one QMP server felt. */
export interface QmpResponsiveness {
  /** From the intended time to the answer; one without an answer has waited until the end. `null` if no query fell due. */
  readonly roundTrip: LatencyFigures | null;
  readonly longestSilenceUs: number;
  /** Silences of at least `SILENCE_LISTED_FROM_US`, in the order of their begin. They do not overlap. */
  readonly silences: readonly Silence[];
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
  const silences: Silence[] = [];
  let longestSilenceUs = 0;
  let heardUs = -Infinity;
  for (const { intendedUs, sentUs, answeredUs } of queries) {
    const untilUs = Math.max(intendedUs, answeredUs ?? endUs);
    roundTrip.record(untilUs - intendedUs);
    sendLateness.record(sentUs - intendedUs);
    const beginUs = Math.max(sentUs, heardUs);
    const lengthUs = untilUs - beginUs;
    if (lengthUs >= SILENCE_LISTED_FROM_US) silences.push({ beginUs, lengthUs });
    longestSilenceUs = Math.max(longestSilenceUs, lengthUs);
    heardUs = Math.max(heardUs, untilUs);
  }
  return {
    roundTrip: roundTrip.figures(),
    longestSilenceUs,
    silences,
    sendLateness: sendLateness.figures(),
  };
}
