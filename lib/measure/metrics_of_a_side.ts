/**
 * The metrics that both engines have, measured alike.
 *
 * @module
 */

import {
  BOTH_CLOCKS,
  GATED_IN_VIRTUAL_TIME,
  gatedInBothClocks,
  type Metric,
  NOT_GATED,
  REAL_CLOCK,
} from "./metric.ts";

/** Metrics that each side has, under `source.` and `destination.`. */
const METRICS_OF_A_SIDE = {
  "main-loop.longest-stall-ms": {
    unit: "ms",
    better: "lower",
    clocks: BOTH_CLOCKS,
    gate: GATED_IN_VIRTUAL_TIME,
    meaning:
      "The longest time in which this engine's main loop served nothing. A probe sends the loop a byte " +
      "at intended times, whether or not it answers; a stall lasts from the intended time of the first byte to the time at " +
      "which the loop read it, or to the end of the measurement. In real time two busy cores alone make 3-6 ms, at " +
      "times 28: read it beside floor.idle-loop.longest-stall-ms.",
  },
  "main-loop.p99-ms": {
    unit: "ms",
    better: "lower",
    clocks: BOTH_CLOCKS,
    gate: gatedInBothClocks(1),
    meaning:
      "The lateness that 99 of 100 of the main loop probe's bytes did not exceed, from intended times, so that a " +
      "stall counts for every byte that fell due in it. A single long stall does not show here unless it took more " +
      "than a hundredth of the run.",
  },
  "main-loop.over-10ms-ms": {
    unit: "ms",
    better: "lower",
    clocks: BOTH_CLOCKS,
    gate: GATED_IN_VIRTUAL_TIME,
    meaning:
      "The time in which whatever arrived at this main loop had to wait for more than 10 ms: the probe's bytes " +
      "that did, times the interval between them. A stall of 100 ms counts for 90.",
  },
  "main-loop.over-50ms-ms": {
    unit: "ms",
    better: "lower",
    clocks: BOTH_CLOCKS,
    gate: GATED_IN_VIRTUAL_TIME,
    meaning:
      "The time in which whatever arrived at this main loop had to wait for more than 50 ms: the probe's bytes " +
      "that did, times the interval between them. A stall of 100 ms counts for 50.",
  },
  "main-loop.longest-stall-cpu-wait-ms": {
    unit: "ms",
    better: "neither",
    clocks: REAL_CLOCK,
    gate: NOT_GATED,
    meaning:
      "For how much of the longest stall the loop's thread was ready to run and waited for a CPU, as the kernel " +
      "counts it in /proc/self/task/TID/schedstat. It explains the raw stall and is never taken off it: thresholds use the " +
      "raw one.",
  },
  "qmp.longest-silence-ms": {
    unit: "ms",
    better: "lower",
    clocks: BOTH_CLOCKS,
    gate: GATED_IN_VIRTUAL_TIME,
    meaning:
      "The longest time in which this engine's QMP server owed an answer and gave none: what a user calls a freeze. " +
      "A prober of its own sends query-status and query-migrate at intended times without waiting for answers. " +
      "A query counts from when it was sent, so a prober that is late is no silence, but one that hears late is.",
  },
  "qmp.p99-ms": {
    unit: "ms",
    better: "lower",
    clocks: BOTH_CLOCKS,
    gate: gatedInBothClocks(1),
    meaning:
      "The round trip that 99 of 100 of the QMP prober's queries did not exceed, from the intended time to the " +
      "answer. A query without an answer counts up to the end of the measurement. In real time it holds several wake-ups " +
      "of threads, so compare it with the same figure of an idle engine.",
  },
} as const satisfies Record<string, Metric>;

type Side = "source" | "destination";
type MetricOfASide = keyof typeof METRICS_OF_A_SIDE;

/** The metrics of one side, by their whole names. */
export function metricsOfSide<S extends Side>(side: S): Record<`${S}.${MetricOfASide}`, Metric> {
  const named = Object.entries(METRICS_OF_A_SIDE).map((
    [name, metric],
  ) => [`${side}.${name}`, metric]);
  return Object.fromEntries(named);
}
