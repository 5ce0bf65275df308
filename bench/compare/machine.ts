/**
 * Judges the machine before anything is measured on it: a few seconds that show how late it wakes up a thread, how long it lets an idle loop
 * stand still, how much of its time is stolen, and by how much its floors differ from one moment to the next. A machine that is unfit for a
 * metric gives no verdict on it: whatever came out would be about the machine.
 *
 * @module
 */

import { type Floors, measureFloors } from "../../lib/measure/floors.ts";
import { summarizeLatencies } from "../../lib/measure/histogram.ts";
import type { Metric } from "../../lib/measure/metric.ts";
import { median } from "../../lib/measure/statistics.ts";
import { readCpuTicks, stolenShare } from "../../lib/measure/stolen_time.ts";
import { probeIdleLoop } from "../../lib/pair/probe_idle_loop.ts";
import { formatFigure } from "../../lib/report/format_figure.ts";
import { formatPercent } from "../../lib/report/format_percent.ts";
import type { MachineCheck } from "../../lib/report/comparison.ts";

const FLOORS = 5;
/** Half of what a bench measures of each: there are several here. */
const FLOOR = { streamBytes: 256 * 2 ** 20, memoryBytes: 128 * 2 ** 20, rounds: 200 } as const;
/**
 * How far floors may be apart, as a share of their median. On a silent machine it was up to 1.1: where threads and memory come to lie
 * decides, and each process of a comparison draws that anew.
 */
const SPREAD_MAX = 2;
const WAKE_UPS = 200;
const WAKE_UP_MS = 2;

/** What a measurement needs of the machine. */
interface Demand {
  readonly name: string;
  readonly limit: number;
  readonly format: (value: number) => string;
  /** The units of the metrics that need it. */
  readonly units: readonly Metric["unit"][];
  /** `null`: not known on this machine, which is no fault of it. */
  readonly valueOf: (seen: SeenMachine) => number | null;
}

/** What was seen of a machine. */
export interface SeenMachine {
  /** How late a thread woke up that slept for 2 ms, at p99. */
  readonly timerLatenessP99Ms: number;
  /** The 99th percentile of an idle loop's lateness. */
  readonly idleLoopP99Ms: number;
  readonly stolenShare: number | null;
  readonly streamsMibPerS: readonly number[];
  readonly roundTripsP50Us: readonly number[];
}

const milliseconds = (value: number) => `${formatFigure(value)} ms`;
const percent = (value: number) => formatPercent(value);

/** Every demand; a metric is measured only where all of those for its unit are met. */
export const DEMANDS: readonly Demand[] = [
  {
    name: "a thread wakes up late by (p99)",
    limit: 3,
    format: milliseconds,
    units: ["ms", "us"],
    valueOf: ({ timerLatenessP99Ms }) => timerLatenessP99Ms,
  },
  {
    name: "an idle loop is late by (p99)",
    limit: 5,
    format: milliseconds,
    units: ["ms", "us"],
    valueOf: ({ idleLoopP99Ms }) => idleLoopP99Ms,
  },
  {
    name: "CPU time stolen by the hypervisor",
    limit: 0.02,
    format: percent,
    units: ["ms", "us", "mib-per-s"],
    valueOf: ({ stolenShare }) => stolenShare,
  },
  {
    name: "spread of the streaming floor",
    limit: SPREAD_MAX,
    format: percent,
    units: ["mib-per-s"],
    valueOf: ({ streamsMibPerS }) => spreadOf(streamsMibPerS),
  },
  {
    name: "spread of the round trip floor",
    limit: SPREAD_MAX,
    format: percent,
    units: ["us"],
    valueOf: ({ roundTripsP50Us }) => spreadOf(roundTripsP50Us),
  },
];

/** Looks at the machine for some seconds. */
export async function lookAtMachine(): Promise<SeenMachine> {
  const before = readCpuTicks();
  const timerLatenessP99Ms = measureTimerLateness();
  const idle = await probeIdleLoop({ durationUs: 1e6, intervalUs: 2000 });
  const floors: Floors[] = [];
  for (let index = 0; index < FLOORS; index++) floors.push(await measureFloors(FLOOR));
  return {
    timerLatenessP99Ms,
    idleLoopP99Ms: (idle.lateness?.p99Us ?? 0) / 1000,
    stolenShare: stolenShare(before, readCpuTicks()),
    streamsMibPerS: floors.map(({ streamMibPerS }) => streamMibPerS),
    roundTripsP50Us: floors.map(({ roundTrip }) => roundTrip.p50Us),
  };
}

/** Every demand with what was seen. */
export function checkMachine(seen: SeenMachine): MachineCheck[] {
  return DEMANDS.map(({ name, limit, format, units, valueOf }) => {
    const value = valueOf(seen);
    const met = value === null || value <= limit;
    const text = value === null ? "not known" : `${format(value)}, at most ${format(limit)}`;
    return { name, value, limit, met, units: [...units], text };
  });
}

/** Why a metric of this unit cannot be measured; `null` where it can. */
export function unfitFor(unit: Metric["unit"], checks: readonly MachineCheck[]): string | null {
  const unmet = checks.filter(({ met, units }) => !met && units.includes(unit));
  return unmet.length === 0 ? null : unmet.map(({ name, text }) => `${name} ${text}`).join("; ");
}

function measureTimerLateness(): number {
  const never = new Int32Array(new SharedArrayBuffer(4));
  const latenessUs = Array.from({ length: WAKE_UPS }, () => {
    const beginMs = performance.now();
    Atomics.wait(never, 0, 0, WAKE_UP_MS);
    return Math.max(0, performance.now() - beginMs - WAKE_UP_MS) * 1000;
  });
  return (summarizeLatencies(latenessUs)?.p99Us ?? 0) / 1000;
}

/** How far the values are apart, as a share of the median. The extremes do not count: one moment is no sign of what the others are like. */
function spreadOf(values: readonly number[]): number {
  const inner = values.toSorted((a, b) => a - b).slice(1, -1);
  return (Math.max(...inner) - Math.min(...inner)) / median(values);
}
