/**
 * Latencies as a histogram: microseconds with three significant digits, so that p99.9 of a million requests costs a few
 * kilobytes and nothing is averaged before it is binned. The hard thing is the accuracy promise: a quantile lies within one
 * thousandth (or 1 us) of the true one, which `tests/measure/histogram_test.ts` holds against the sorted values. Count,
 * maximum and mean are exact.
 *
 * The bins are HdrHistogram's: as wide as the power of two that leaves 11 significant bits. The package is not used, since
 * loading it takes 75 ms and 6 to 20 MiB in each of three isolates of a run, whose memory is measured as well.
 *
 * @module
 */

import { invariant } from "../invariant.ts";

/** What a set of latencies looks like. All but `count` are microseconds. */
export interface LatencyFigures {
  readonly count: number;
  readonly meanUs: number;
  readonly p10Us: number;
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
  /** How many latencies are in the bin that begins there. */
  readonly #bins = new Map<number, number>();
  #count = 0;
  #sumUs = 0;
  #maxUs = 0;

  /** Adds one latency, rounded to whole microseconds. Finite and not negative. */
  record(latencyUs: number): void {
    invariant(latencyUs >= 0 && Number.isFinite(latencyUs), `a latency is ${latencyUs} us`);
    const wholeUs = Math.round(latencyUs);
    const beginUs = wholeUs - wholeUs % binWidth(wholeUs);
    this.#bins.set(beginUs, (this.#bins.get(beginUs) ?? 0) + 1);
    this.#count++;
    this.#sumUs += latencyUs;
    this.#maxUs = Math.max(this.#maxUs, latencyUs);
  }

  /** The figures of all that was recorded, or `null` if nothing was: an absent figure is not a zero. */
  figures(): LatencyFigures | null {
    const count = this.#count;
    if (count === 0) return null;
    const bins = [...this.#bins].sort(([a], [b]) => a - b);
    return {
      count,
      meanUs: this.#sumUs / count,
      p10Us: this.#quantile(bins, 0.1),
      p50Us: this.#quantile(bins, 0.5),
      p90Us: this.#quantile(bins, 0.9),
      p99Us: this.#quantile(bins, 0.99),
      p999Us: this.#quantile(bins, 0.999),
      maxUs: this.#maxUs,
    };
  }

  /** The middle of the bin that holds the smallest latency which at least `fraction` of all do not exceed. */
  #quantile(sortedBins: readonly (readonly [number, number])[], fraction: number): number {
    // Without the rounding errors of, say, 0.9 * 10.
    let rank = Math.max(1, Math.ceil(fraction * this.#count - 1e-9));
    for (const [beginUs, count] of sortedBins) {
      rank -= count;
      if (rank <= 0) return Math.min(beginUs + Math.floor(binWidth(beginUs) / 2), this.#maxUs);
    }
    return this.#maxUs;
  }
}

/** 1 below 2048, and twice as much with every doubling from there. */
function binWidth(us: number): number {
  return us < 2048 ? 1 : 2 ** (Math.floor(Math.log2(us)) - 10);
}

/** The figures of latencies that are all there already. */
export function summarizeLatencies(latenciesUs: Iterable<number>): LatencyFigures | null {
  const histogram = new LatencyHistogram();
  for (const latencyUs of latenciesUs) histogram.record(latencyUs);
  return histogram.figures();
}
