import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { InvariantError } from "../../lib/invariant.ts";
import { LatencyHistogram, summarizeLatencies } from "../../lib/measure/histogram.ts";

/** The smallest value that at least `fraction` of the values do not exceed. */
function trueQuantile(sorted: readonly number[], fraction: number): number {
  return sorted[Math.max(0, Math.ceil(fraction * sorted.length - 1e-9) - 1)]!;
}

const latencies = fc.array(
  fc.oneof(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 0, max: 2 ** 40 })),
  { minLength: 1, maxLength: 2000 },
);

Deno.test("LatencyHistogram figures() are within a thousandth of the true quantiles", () => {
  fc.assert(fc.property(latencies, (values) => {
    const figures = summarizeLatencies(values)!;
    const sorted = values.toSorted((a, b) => a - b);
    const promised = [[figures.p50Us, 0.5], [figures.p90Us, 0.9], [figures.p99Us, 0.99], [
      figures.p999Us,
      0.999,
    ]] as const;
    for (const [quantileUs, fraction] of promised) {
      const truth = trueQuantile(sorted, fraction);
      assert(Math.abs(quantileUs - truth) <= truth / 1000, `${quantileUs} instead of ${truth}`);
    }
  }));
});

Deno.test("LatencyHistogram figures() keep count, maximum and mean exactly", () => {
  fc.assert(fc.property(latencies, (values) => {
    const figures = summarizeLatencies(values)!;
    assertEquals(figures.count, values.length);
    assertEquals(figures.maxUs, Math.max(...values));
    assertEquals(figures.meanUs, values.reduce((sum, value) => sum + value, 0) / values.length);
  }));
});

Deno.test("LatencyHistogram figures() never exceed the maximum and grow with the quantile", () => {
  fc.assert(fc.property(latencies, (values) => {
    const { p50Us, p90Us, p99Us, p999Us, maxUs } = summarizeLatencies(values)!;
    assert(p50Us <= p90Us && p90Us <= p99Us && p99Us <= p999Us && p999Us <= maxUs);
  }));
});

Deno.test("LatencyHistogram figures() of nothing are absent, not zero", () => {
  assertEquals(new LatencyHistogram().figures(), null);
});

Deno.test("LatencyHistogram record() refuses what is no latency", () => {
  for (const latencyUs of [-1, NaN, Infinity]) {
    assertThrows(() => new LatencyHistogram().record(latencyUs), InvariantError);
  }
});
