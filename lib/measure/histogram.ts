/**
 * Latencies as a histogram: microseconds with three significant digits, so that p99.9 of a million requests costs a few
 * kilobytes and nothing is averaged before it is binned. The hard thing is the accuracy promise: a quantile lies within one
 * thousandth (or 1 us) of the true one, which `tests/measure/histogram_test.ts` holds against the sorted values. Count,
 * maximum and mean are exact.
 *
 * @module
 */

import { build } from "hdr-histogram-js";
import { invariant } from "../invariant.ts";

/** What a set of latencies looks like. All but `count` are microseconds. */
export interface LatencyFigures {
  readonly count: number;
  readonly meanUs: number;
  readonly p50Us: number;
  readonly p90Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  readonly maxUs: number;
}

/**
 * A growing set of latencies.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const histogram = new LatencyHistogram();
 * for (let us = 1; us <= 1000; us++) histogram.record(us);
 * assertEquals(histogram.figures()?.p99Us, 990);
 * ```
 */
export class LatencyHistogram {
  readonly #bins = build({
    bitBucketSize: 32,
    autoResize: true,
    numberOfSignificantValueDigits: 3,
  });
  #sumUs = 0;
  #maxUs = 0;

  /** Adds one latency, rounded to whole microseconds. Finite and not negative. */
  record(latencyUs: number): void {
    invariant(latencyUs >= 0 && Number.isFinite(latencyUs), `a latency is ${latencyUs} us`);
    this.#bins.recordValue(Math.round(latencyUs));
    this.#sumUs += latencyUs;
    this.#maxUs = Math.max(this.#maxUs, latencyUs);
  }

  /** The figures of all that was recorded, or `null` if nothing was: an absent figure is not a zero. */
  figures(): LatencyFigures | null {
    const count = this.#bins.totalCount;
    if (count === 0) return null;
    const quantile = (percent: number) =>
      Math.min(this.#bins.getValueAtPercentile(percent), this.#maxUs);
    return {
      count,
      meanUs: this.#sumUs / count,
      p50Us: quantile(50),
      p90Us: quantile(90),
      p99Us: quantile(99),
      p999Us: quantile(99.9),
      maxUs: this.#maxUs,
    };
  }
}

/** The figures of latencies that are all there already. */
export function summarizeLatencies(latenciesUs: Iterable<number>): LatencyFigures | null {
  const histogram = new LatencyHistogram();
  for (const latencyUs of latenciesUs) histogram.record(latencyUs);
  return histogram.figures();
}
