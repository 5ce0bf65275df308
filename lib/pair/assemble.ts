/**
 * Puts together what was seen of a pair, the same in both worlds.
 *
 * @module
 */

import type { LoopResponsiveness } from "../measure/loop_stalls.ts";
import { joinPageRequests } from "../measure/page_requests.ts";
import {
  blamePreemptChannel,
  type PreemptEvidence,
  summarizePageRequests,
} from "../measure/preempt_blame.ts";
import type { QmpResponsiveness } from "../measure/query_silence.ts";
import { placeStalls, type StatusSpan } from "../measure/stall_phases.ts";
import type { ShimHold } from "../netem/shim_hold.ts";
import type { Side } from "../qapi/migration_status.ts";
import type { QmpEvent } from "../qapi/events.ts";
import type { PageRequestInfo } from "../qapi/page_request_info.ts";
import type { QmpClient } from "../qmp/qmp_client.ts";
import { type QmpClientOptions, QmpClosedError } from "../qmp/qmp_client.ts";
import {
  ANSWER_TIMEOUT_US,
  type PairMeasurements,
  type PairOptions,
  type SideMeasurements,
} from "./pair.ts";

/** What was seen of one engine from outside. */
export interface SideRecords {
  readonly qmp: QmpClient;
  /** `null` where the loop could not be probed. */
  readonly loop: LoopResponsiveness | null;
  /** `null` where there was no prober. */
  readonly responsiveness: QmpResponsiveness | null;
}

/** One side, put together. */
export interface AssembledSide {
  readonly side: SideMeasurements;
  /** `null` without a log of ours. */
  readonly requests: PageRequestInfo | null;
}

/** Asks an engine of ours for the rest, and joins it with what was seen from outside. */
export async function assembleSide(
  { qmp, loop, responsiveness }: SideRecords,
): Promise<AssembledSide> {
  const answers = await orClosed(async () => ({
    migration: await qmp.execute("query-migrate"),
    guest: await qmp.execute("x-query-guest"),
    requests: await qmp.execute("x-query-page-requests"),
  }));
  const statuses = statusSpans(qmp.events);
  const side = {
    loop,
    stalls: placeStalls(loop?.stalls ?? [], statuses),
    statuses,
    qmp: responsiveness,
    migration: answers?.migration ?? {},
    vcpuBlockedUs: answers?.guest.vcpus.map((vcpu) => vcpu["blocked-us"]) ?? null,
    violations: answers?.guest.violations ?? [],
  };
  return { side, requests: answers?.requests ?? null };
}

/** What is answered; `null` by an engine that answers nothing any more. */
export async function orClosed<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof QmpClosedError)) throw error;
    return null;
  }
}

/** Whether an engine has a preempt channel. */
export async function hasPreempt(qmp: QmpClient): Promise<boolean> {
  const capabilities = await orClosed(() => qmp.execute("query-migrate-capabilities")) ?? [];
  return capabilities.some((one) => one.capability === "postcopy-preempt" && one.state);
}

/** How the operator of a side is connected. */
export function monitorOf(
  { log, answerTimeoutUs = ANSWER_TIMEOUT_US }: Pick<PairOptions, "log" | "answerTimeoutUs">,
  side: Side,
): QmpClientOptions {
  return { answerTimeoutUs, ...log !== undefined && { log: log.bind(null, side) } };
}

/** The page requests of a migration, each with what the preempt channel is answerable for. */
export function assembleRequests(parts: {
  /** `null` for a side without a log of ours. */
  readonly source: PageRequestInfo | null;
  readonly destination: PageRequestInfo | null;
  readonly preempt: boolean;
  readonly holds: readonly ShimHold[];
  readonly endUs: number;
}): Pick<PairMeasurements, "requests" | "pageRequests"> {
  const { source, destination, preempt } = parts;
  if (source === null && destination === null) return { requests: [], pageRequests: null };
  const histories = { source, destination, preempt };
  const joined = joinPageRequests(histories);
  const requests = preempt && source !== null
    ? blamePreemptChannel(joined, evidenceOf(source, parts))
    : joined.map((request) => ({ ...request, blame: null }));
  return { requests, pageRequests: summarizePageRequests(requests, histories) };
}

function evidenceOf(
  source: PageRequestInfo,
  { holds, endUs }: { readonly holds: readonly ShimHold[]; readonly endUs: number },
): PreemptEvidence {
  const waits = source["preempt-waits"];
  return {
    entries: source.entries,
    waits: waits.map((wait) => [wait.beginUs, wait.endUs ?? endUs]),
    holds,
  };
}

/** The statuses that one side went through. A pause ends a connect phase. */
export function statusSpans(events: readonly QmpEvent[]): StatusSpan[] {
  const spans: StatusSpan[] = [];
  let phase = 0;
  for (const event of events) {
    const status = statusOf(event);
    if (status === null) continue;
    if (spans.at(-1)?.status === "postcopy-paused") phase++;
    spans.push({ fromUs: eventTimeUs(event), status, phase });
  }
  return spans;
}

/** The status that an event tells of, also one that no release known here has; `null` for another event. */
function statusOf({ event, data: { status } }: QmpEvent): string | null {
  return event === "MIGRATION" && typeof status === "string" ? status : null;
}

/** When an event happened, in microseconds of the sender's clock. */
export function eventTimeUs({ timestamp }: QmpEvent): number {
  return timestamp.seconds * 1e6 + timestamp.microseconds;
}
