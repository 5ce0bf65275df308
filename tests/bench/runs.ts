/**
 * Runs as they may come out, for tests of what is made of them.
 *
 * @module
 */

import type { RunRecord } from "../../bench/metrics_of_run.ts";
import type { MetricName } from "../../lib/measure/metrics.ts";
import type { PairMeasurements, SideMeasurements } from "../../lib/pair/pair.ts";
import type { QmpEvent } from "../../lib/qapi/events.ts";
import type { Arm } from "../../lib/report/arm.ts";
import type { RunResult } from "../../lib/report/result.ts";

/** A side that was not probed and has not migrated. */
const UNSEEN: SideMeasurements = {
  loop: null,
  stalls: [],
  statuses: [],
  qmp: null,
  migration: {},
  vcpuBlockedUs: [],
  violations: [],
};

/** A record of a run in which nothing was measured but this. */
export function recordOf(
  parts: Partial<Omit<RunRecord, "measurements">> & {
    readonly source?: Partial<SideMeasurements>;
    readonly destination?: Partial<SideMeasurements>;
    readonly measurements?: Partial<PairMeasurements>;
  } = {},
): RunRecord {
  const { source, destination, measurements, ...rest } = parts;
  return {
    commands: [],
    events: { source: [], destination: [] },
    beginUs: 0,
    endUs: 10_000_000,
    ...rest,
    measurements: {
      source: { ...UNSEEN, ...source },
      destination: { ...UNSEEN, ...destination },
      idleLoop: null,
      requests: [],
      pageRequests: {
        count: 0,
        incomplete: 0,
        droppedEntries: 0,
        servedByBackground: 0,
        latency: null,
        affectedShare: null,
        channelShare: null,
      },
      wireRequests: null,
      connects: [],
      shimConnectErrorsUs: [],
      cpuMs: null,
      peakRssMib: null,
      ...measurements,
    },
  };
}

/** An event without data, at this time. */
export function eventAt(event: string, us: number): QmpEvent {
  const timestamp = { seconds: Math.floor(us / 1e6), microseconds: us % 1e6 };
  return { event, data: {}, timestamp };
}

/** A run of an arm that ended well. */
export function runOf(
  scenario: string,
  arm: Arm,
  metrics: { readonly [M in MetricName]?: number } = {},
): RunResult {
  const outcome = {
    source: "completed",
    destination: "completed",
    ram: "identical",
    guest: "destination",
  } as const;
  return { scenario, arm, metrics, outcome };
}
