/**
 * A bench's result as a trace: for each run the threads of both engines, the channels, the guest's vCPUs, the shim and the operator, with
 * page requests as flows from a vCPU's fault to its page's place. All runs begin at the same time, so that arms lie under each other.
 *
 * @module
 */

import { formatArm } from "../arm.ts";
import type { Result } from "../result.ts";
import type { RunDetails, Standstills } from "../run_details.ts";
import { traceRequests } from "./trace_requests.ts";
import { TraceWriter } from "./trace_writer.ts";

type Tracks = ReturnType<TraceWriter["process"]>;

/** The text of a trace file. Runs without details are not in it. */
export function renderTrace({ runs }: Result): string {
  const writer = new TraceWriter();
  const detailed = runs.flatMap(({ scenario, arm, details }) =>
    details === undefined ? [] : { name: `${scenario} ${formatArm(arm)}`.trim(), details }
  );
  const earliestUs = Math.min(0, ...detailed.map(({ details }) => details.beginUs));
  for (const { name, details } of detailed) {
    traceRun(writer, `${name} (seed ${details.seed})`, details, (us) => us - earliestUs);
  }
  return writer.toString();
}

function traceRun(
  writer: TraceWriter,
  name: string,
  run: RunDetails,
  at: (us: number) => number,
): void {
  traceOperator(writer.process(`${name}: operator and shim`), run, at);
  const source = writer.process(`${name}: source`);
  traceSide(source, run.sides.source, run.endUs, at);
  const channels = writer.process(`${name}: channels`);
  const destination = writer.process(`${name}: destination`);
  traceSide(destination, run.sides.destination, run.endUs, at);
  if (run.idle !== null) {
    traceStandstills(
      writer.process(`${name}: idle control`)("idle loop"),
      "stood still",
      run.idle,
      at,
    );
  }
  traceRequests({ source, channels, destination, nextFlow: () => writer.nextFlow() }, run, at);
}

function traceOperator(tracks: Tracks, run: RunDetails, at: (us: number) => number): void {
  const operator = tracks("operator");
  for (const { atUs, on, name } of run.commands) operator.instant(`${name} (${on})`, at(atUs));
  const guest = tracks("guest runs on");
  for (const [index, { fromUs, on }] of run.guest.entries()) {
    const toUs = run.guest[index + 1]?.fromUs ?? run.endUs;
    guest.slice({ name: on === "none" ? "stopped" : on, fromUs: at(fromUs), us: toUs - fromUs });
  }
  const shim = tracks("shim");
  for (const rule of run.shim) {
    shim.overlapping({ name: rule, fromUs: at(run.beginUs), us: run.endUs - run.beginUs });
  }
  const connects = tracks("connects");
  for (const { role, phase, beginUs, endUs, failure } of run.connects) {
    const us = (endUs ?? run.endUs) - beginUs;
    const name = `connect ${role}${failure === null ? "" : `: ${failure}`}`;
    connects.overlapping({
      name,
      fromUs: at(beginUs),
      us,
      args: { phase, failure, ended: endUs !== null },
    });
  }
  const closed = tracks("channels closed");
  for (const { atUs, on, role, reason } of run.closed) {
    closed.instant(`${role} closed (${on})`, at(atUs), { reason });
  }
}

function traceSide(
  tracks: Tracks,
  { statuses, stalls, silences }: RunDetails["sides"]["source"],
  endUs: number,
  at: (us: number) => number,
): void {
  const status = tracks("status");
  for (const [index, { fromUs, status: name, phase }] of statuses.entries()) {
    const toUs = statuses[index + 1]?.fromUs ?? endUs;
    status.slice({ name, fromUs: at(fromUs), us: toUs - fromUs, args: { phase } });
  }
  if (stalls !== null) traceStandstills(tracks("main loop"), "stood still", stalls, at);
  if (silences !== null) traceStandstills(tracks("QMP"), "owed an answer", silences, at);
}

function traceStandstills(
  track: ReturnType<Tracks>,
  name: string,
  { longest }: Standstills,
  at: (us: number) => number,
): void {
  for (const [fromUs, us, cpuWaitUs] of longest) {
    const args = cpuWaitUs === null ? {} : { "waiting for a CPU, us": cpuWaitUs };
    track.overlapping({ name, fromUs: at(fromUs), us, args });
  }
}
