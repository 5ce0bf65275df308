/**
 * What was seen of one run as metrics, by the names of `lib/measure/metrics.ts`. The one hard rule: what was not measured is absent. A 0
 * that stands for "not known" would hold every threshold.
 *
 * @module
 */

import type { Floors } from "../lib/measure/floors.ts";
import { type LatencyFigures, summarizeLatencies } from "../lib/measure/histogram.ts";
import type { LoopResponsiveness } from "../lib/measure/loop_stalls.ts";
import type { MetricName } from "../lib/measure/metrics.ts";
import type { StatusSpan } from "../lib/measure/stall_phases.ts";
import { eventTimeUs } from "../lib/pair/assemble.ts";
import type { PairMeasurements, SideMeasurements } from "../lib/pair/pair.ts";
import type { CommandName } from "../lib/qapi/commands.ts";
import type { QmpEvent } from "../lib/qapi/events.ts";
import { isTerminal, type Side } from "../lib/qapi/migration_status.ts";

/** A QMP command as the operator gave it. */
export interface GivenCommand {
  readonly on: Side;
  readonly name: CommandName;
  /** `migrate` with `resume`: the begin of a recovery. */
  readonly resumes: boolean;
  readonly atUs: number;
}

/** All that is known of one run. Times are microseconds of the clock that both engines and the operator share. */
export interface RunRecord {
  readonly measurements: PairMeasurements;
  readonly commands: readonly GivenCommand[];
  /** The events of each side while it was measured. */
  readonly events: Readonly<Record<Side, readonly QmpEvent[]>>;
  /** When the measurement began, and ended. */
  readonly beginUs: number;
  readonly endUs: number;
}

/** Figures by name; absent where not measured. */
export type Metrics = Readonly<Partial<Record<MetricName, number>>>;

/** Figures of which some may not be known. */
type Known = { readonly [M in MetricName]?: number | null | undefined };

/** Statuses of a source that sends RAM. */
const SENDING: readonly string[] = ["active", "device", "postcopy-active"];

/** The metrics of a run. @param floors of the same machine and process; `null` in virtual time. */
export function metricsOfRun(run: RunRecord, floors: Floors | null): Metrics {
  const { measurements } = run;
  const { pageRequests: requests, wireRequests: onWire } = measurements;
  const shimErrors = summarizeLatencies(measurements.shimConnectErrorsUs.map(Math.abs));
  return known({
    ...sideMetrics("source", measurements.source),
    ...sideMetrics("destination", measurements.destination),
    "page-request.count": requests?.count ?? onWire?.count,
    ...latencyMetrics(requests?.latency ?? onWire?.latency ?? null),
    "page-request.affected-share": requests?.affectedShare,
    "page-request.channel-share": requests?.channelShare,
    "vcpu.blocked-ms": blockedMs(measurements.destination),
    ...migrationMetrics(run),
    ...ramMetrics(run),
    "floor.stream-mib-per-s": floors?.streamMibPerS,
    "floor.round-trip-p50-us": floors?.roundTrip.p50Us,
    "floor.idle-loop.longest-stall-ms": longestStallMs(measurements.idleLoop),
    "shim.connect-error-p99-ms": milliseconds(shimErrors?.p99Us),
    "process.cpu-ms": measurements.cpuMs,
    "process.peak-rss-mib": measurements.peakRssMib,
  });
}

function sideMetrics<S extends Side>(side: S, { loop, qmp }: SideMeasurements): Known {
  const [longest] = loop?.stalls.toSorted((a, b) => b.lengthUs - a.lengthUs) ?? [];
  return {
    [`${side}.main-loop.longest-stall-ms`]: longestStallMs(loop),
    [`${side}.main-loop.p99-ms`]: milliseconds(loop?.lateness?.p99Us),
    [`${side}.main-loop.over-10ms-ms`]: milliseconds(loop?.over10MsUs),
    [`${side}.main-loop.over-50ms-ms`]: milliseconds(loop?.over50MsUs),
    [`${side}.main-loop.longest-stall-cpu-wait-ms`]: milliseconds(longest?.cpuWaitUs),
    [`${side}.qmp.longest-silence-ms`]: milliseconds(qmp?.longestSilenceUs),
    [`${side}.qmp.p99-ms`]: milliseconds(qmp?.roundTrip?.p99Us),
  };
}

function latencyMetrics(latency: LatencyFigures | null): Known {
  return {
    "page-request.latency-p10-us": latency?.p10Us,
    "page-request.latency-p50-us": latency?.p50Us,
    "page-request.latency-p90-us": latency?.p90Us,
    "page-request.latency-p99-us": latency?.p99Us,
    "page-request.latency-p999-us": latency?.p999Us,
    "page-request.latency-max-us": latency?.maxUs,
    "page-request.latency-mean-us": latency?.meanUs,
  };
}

function migrationMetrics({ measurements, commands, events }: RunRecord): Known {
  const { statuses, migration } = measurements.source;
  const started = commands.find(({ name }) => name === "migrate-start-postcopy");
  const recoveries = commands.filter(({ resumes }) => resumes)
    .flatMap((resume) => untilActiveUs(resume, commands, statuses) ?? []);
  const ended = migration.status !== undefined && isTerminal(migration.status);
  return {
    "postcopy.start-to-active-ms": started &&
      milliseconds(untilActiveUs(started, commands, statuses)),
    "recovery.resume-to-active-ms": recoveries.length === 0
      ? null
      : milliseconds(Math.max(...recoveries)),
    "downtime-ms": milliseconds(downtimeUs(events)),
    "total-time-ms": ended ? migration["total-time"] : null,
    "setup-time-ms": migration["setup-time"],
  };
}

/** From a command to the source's next `postcopy-active`; `null` if another attempt came first, or none succeeded. */
function untilActiveUs(
  command: GivenCommand,
  commands: readonly GivenCommand[],
  statuses: readonly StatusSpan[],
): number | null {
  const next = commands.find(({ name, atUs }) => name === "migrate" && atUs > command.atUs);
  const active = statuses.find(({ status, fromUs }) =>
    status === "postcopy-active" && fromUs >= command.atUs && fromUs <= (next?.atUs ?? Infinity)
  );
  return active === undefined ? null : active.fromUs - command.atUs;
}

/** From the source's last STOP before it to the destination's first RESUME; `null` if the guest has not moved. */
function downtimeUs({ source, destination }: RunRecord["events"]): number | null {
  const resumed = destination.find(({ event }) => event === "RESUME");
  if (resumed === undefined) return null;
  const resumedUs = eventTimeUs(resumed);
  const stopped = source.findLast((event) =>
    event.event === "STOP" && eventTimeUs(event) <= resumedUs
  );
  return stopped === undefined ? null : resumedUs - eventTimeUs(stopped);
}

function ramMetrics({ measurements: { source }, endUs }: RunRecord): Known {
  const { ram } = source.migration;
  if (ram === undefined) return {};
  const bytes = ram["precopy-bytes"] + ram["downtime-bytes"] + ram["postcopy-bytes"];
  const sendingUs = sum(
    source.statuses.map(({ status, fromUs }, index) =>
      SENDING.includes(status) ? (source.statuses[index + 1]?.fromUs ?? endUs) - fromUs : 0
    ),
  );
  return {
    "ram.throughput-mib-per-s": sendingUs > 0 ? bytes / 2 ** 20 / (sendingUs / 1e6) : null,
    "ram.precopy-bytes": ram["precopy-bytes"],
    "ram.downtime-bytes": ram["downtime-bytes"],
    "ram.postcopy-bytes": ram["postcopy-bytes"],
  };
}

function blockedMs({ vcpuBlockedUs }: SideMeasurements): number | null {
  return vcpuBlockedUs === null ? null : sum(vcpuBlockedUs) / 1000;
}

function longestStallMs(loop: LoopResponsiveness | null): number | null {
  return milliseconds(loop?.lateness?.maxUs);
}

function milliseconds(us: number | null | undefined): number | null {
  return us === null || us === undefined ? null : us / 1000;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Leaves out what is not known. */
function known(metrics: Known): Metrics {
  return Object.fromEntries(Object.entries(metrics).filter(([, value]) => value != null));
}
