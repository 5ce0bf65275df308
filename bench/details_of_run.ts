/**
 * What was seen of one run as the details of a result file, all on one time line that begins with the operator's first `migrate`.
 *
 * @module
 */

import type { Silence } from "../lib/measure/query_silence.ts";
import type { Stall } from "../lib/measure/loop_stalls.ts";
import { formatNetem } from "../lib/netem/grammar.ts";
import type { ShimRule } from "../lib/netem/conditions.ts";
import { eventTimeUs } from "../lib/pair/assemble.ts";
import type { SideMeasurements } from "../lib/pair/pair.ts";
import { isEvent } from "../lib/qapi/events.ts";
import type { Side } from "../lib/qapi/migration_status.ts";
import { keepGreatest } from "../lib/report/keep_peaks.ts";
import type { RunDetails, Standstills } from "../lib/report/run_details.ts";
import type { RunRecord } from "./metrics_of_run.ts";
import { detailRequests } from "./detail_requests.ts";
import type { Job } from "./run_suite.ts";

/** Stalls of a loop, or silences of a monitor, that a file holds. */
const STANDSTILLS_MAX = 200;

const SIDES = ["source", "destination"] as const;

/** The details of a run. */
export function detailsOfRun({ arm, seed }: Pick<Job, "arm" | "seed">, run: RunRecord): RunDetails {
  const { measurements, commands, beginUs } = run;
  const zeroUs = commands.find(({ name }) => name === "migrate")?.atUs ?? beginUs;
  const at = (us: number) => Math.round(us - zeroUs);
  // A side may reach its last status just behind the last step.
  const statuses = SIDES.flatMap((side) => measurements[side].statuses);
  const lastUs = Math.max(run.endUs, ...statuses.map(({ fromUs }) => fromUs));
  const side = (seen: SideMeasurements) => ({
    statuses: seen.statuses.map(({ fromUs, ...status }) => ({ fromUs: at(fromUs), ...status })),
    stalls: seen.loop && standstills(seen.loop.stalls, at),
    silences: seen.qmp && standstills(seen.qmp.silences, at),
  });
  return {
    seed,
    shim: arm.shim.map(formatRule),
    beginUs: at(beginUs),
    endUs: at(lastUs),
    sides: { source: side(measurements.source), destination: side(measurements.destination) },
    idle: measurements.idleLoop && standstills(measurements.idleLoop.stalls, at),
    guest: guestMoves(run, at),
    commands: commands.map(({ atUs, on, name }) => ({ atUs: at(atUs), on, name })),
    connects: measurements.connects.map(({ beginUs, endUs, ...connect }) => ({
      ...connect,
      beginUs: at(beginUs),
      endUs: endUs === null ? null : at(endUs),
    })),
    closed: closedChannels(run, at),
    ...detailRequests(measurements.requests, at),
  };
}

/** A rule as a line: `preempt, phase 1: connect delay 250ms`. */
function formatRule({ role, direction, phase, connect, traffic }: ShimRule): string {
  const place = [role, direction ?? [], phase === undefined ? [] : `phase ${phase}`].flat();
  const conditions = { ...connect && { connect }, ...traffic && { traffic } };
  return `${place.join(", ")}: ${formatNetem(conditions)}`;
}

function standstills(seen: readonly (Stall | Silence)[], at: (us: number) => number): Standstills {
  return {
    total: seen.length,
    longest: keepGreatest(seen, STANDSTILLS_MAX, ({ lengthUs }) => lengthUs).map((one) => {
      const cpuWaitUs = "cpuWaitUs" in one ? one.cpuWaitUs : null;
      return [
        at(one.beginUs),
        Math.round(one.lengthUs),
        cpuWaitUs === null ? null : Math.max(0, Math.round(cpuWaitUs)),
      ];
    }),
  };
}

/** Where the guest ran: on the source at first, and from then on as STOP and RESUME say. */
function guestMoves(
  { events, beginUs }: RunRecord,
  at: (us: number) => number,
): RunDetails["guest"] {
  const moves = SIDES.flatMap((side) =>
    events[side].flatMap((event) => {
      const on = event.event === "RESUME" ? side : event.event === "STOP" ? "none" as const : null;
      return on === null ? [] : { fromUs: eventTimeUs(event), on };
    })
  ).sort((a, b) => a.fromUs - b.fromUs);
  const before = moves.findLast(({ fromUs }) => fromUs <= beginUs)?.on ?? "source";
  const since = [
    { fromUs: beginUs, on: before },
    ...moves.filter(({ fromUs }) => fromUs > beginUs),
  ];
  return since.map(({ fromUs, on }) => ({ fromUs: at(fromUs), on }));
}

function closedChannels({ events }: RunRecord, at: (us: number) => number): RunDetails["closed"] {
  const closedOn = (on: Side) =>
    events[on].flatMap((event) =>
      isEvent(event, "X_CHANNEL_CLOSED")
        ? { atUs: at(eventTimeUs(event)), on, role: event.data.role, reason: event.data.reason }
        : []
    );
  return SIDES.flatMap(closedOn).sort((a, b) => a.atUs - b.atUs);
}
