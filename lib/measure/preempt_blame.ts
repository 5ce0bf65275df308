/**
 * The preempt channel's blame: the part of a page request's latency that the channel is answerable for. That is waiting for
 * it to exist, waiting in it (from the request's arrival at the source until its record was written) and the delay that the
 * shim put on the record. The hard thing is that these overlap, so each is counted only for the time that the ones before it
 * do not cover, and only within the request's life: blame never exceeds latency.
 *
 * @module
 */

import type { ShimHold } from "../netem/shim_hold.ts";
import type { PageRequestEntry } from "../ram/page_request_log.ts";
import { type LatencyFigures, summarizeLatencies } from "./histogram.ts";
import { coveredUs, type Interval } from "./intervals.ts";
import type { PageRequest, PageRequestHistories } from "./page_requests.ts";

/** What the source knows about its preempt channel. */
export interface PreemptEvidence {
  /** The source's log: a phase's records on preempt, in the order of their times, are its channel's writes. */
  readonly entries: readonly PageRequestEntry[];
  /** When the migration thread waited for the channel to exist. */
  readonly waits: readonly Interval[];
  /** In any order; empty without a shim. */
  readonly holds: readonly ShimHold[];
}

/** What the preempt channel is answerable for, in one request. */
export interface PreemptBlame {
  readonly awaitingChannelUs: number;
  readonly inChannelUs: number;
  readonly shimUs: number;
  readonly totalUs: number;
}

/** A request with its blame; `null` where it has no latency. */
export interface BlamedPageRequest extends PageRequest {
  readonly blame: PreemptBlame | null;
}

/** The figures of all page requests of one run. */
export interface PageRequestSummary {
  readonly count: number;
  /** Requests whose beginning or end is in no log. They are in `count` and in nothing else. */
  readonly incomplete: number;
  /** Log entries that full rings lost: where this is not 0, some requests are incomplete or missing because of it. */
  readonly droppedEntries: number;
  /** Requests that the background scan served before the request could. */
  readonly servedByBackground: number;
  readonly latency: LatencyFigures | null;
  /** Share of the requests whose blame is more than half of their latency; `null` where nothing can be blamed. */
  readonly affectedShare: number | null;
  /** The sum of all blame over the sum of all latencies; `null` likewise. */
  readonly channelShare: number | null;
}

/** Works out the blame of each request. Not to be called with preempt off or without the source's log: then blame is absent. */
export function blamePreemptChannel(
  requests: readonly PageRequest[],
  evidence: PreemptEvidence,
): BlamedPageRequest[] {
  const holds = holdsByRecord(evidence);
  return requests.map((request) => {
    const written = request.points["record-written"];
    const hold = request.channel === "preempt" && written !== undefined
      ? holds.get(recordKey(request.page, written))
      : undefined;
    return { ...request, blame: blameOf(request, evidence.waits, hold) };
  });
}

/** The figures over `requests`, of which those without blame (preempt off, no log of the source) get no shares. */
export function summarizePageRequests(
  requests: readonly (PageRequest | BlamedPageRequest)[],
  histories: PageRequestHistories,
): PageRequestSummary {
  const ended = requests.flatMap((request) => request.latencyUs ?? []);
  const blamed = requests.flatMap((request) =>
    "blame" in request && request.blame !== null && request.latencyUs !== null
      ? { blameUs: request.blame.totalUs, latencyUs: request.latencyUs }
      : []
  );
  const affected = blamed.filter(({ blameUs, latencyUs }) => blameUs > latencyUs / 2);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const blameUs = sum(blamed.map((request) => request.blameUs));
  return {
    count: requests.length,
    incomplete: requests.length - ended.length,
    droppedEntries: (histories.source?.dropped ?? 0) + (histories.destination?.dropped ?? 0),
    servedByBackground: requests.filter((request) => request.servedBy === "background").length,
    latency: summarizeLatencies(ended),
    affectedShare: blamed.length === 0 ? null : affected.length / blamed.length,
    channelShare: blamed.length === 0
      ? null
      : blameUs / Math.max(1, sum(blamed.map((request) => request.latencyUs))),
  };
}

function blameOf(
  request: PageRequest,
  waits: readonly Interval[],
  hold: ShimHold | undefined,
): PreemptBlame | null {
  const beginUs = request.points.faulted ?? request.points["request-sent"];
  if (request.latencyUs === null || beginUs === undefined) return null;
  const life: Interval = [beginUs, beginUs + request.latencyUs];
  const read = request.points["request-read"];
  const written = request.points["record-written"];
  const inChannel: Interval[] =
    request.channel === "preempt" && read !== undefined && written !== undefined
      ? [[read, written]]
      : [];
  const inShim: Interval[] = hold === undefined ? [] : [[hold.enqueuedUs, hold.releasedUs]];

  const awaitingChannelUs = coveredUs(life, waits);
  const untilWrittenUs = coveredUs(life, [...waits, ...inChannel]);
  const totalUs = coveredUs(life, [...waits, ...inChannel, ...inShim]);
  return {
    awaitingChannelUs,
    inChannelUs: untilWrittenUs - awaitingChannelUs,
    shimUs: totalUs - untilWrittenUs,
    totalUs,
  };
}

/** The k-th record on preempt of a phase is the k-th write of the channel that the shim saw in that phase. */
function holdsByRecord(evidence: PreemptEvidence): Map<string, ShimHold> {
  const holds = new Map(evidence.holds.map((hold) => [`${hold.phase} ${hold.record}`, hold]));
  const written = evidence.entries
    .filter((entry) => entry.event === "record-written" && entry.channel === "preempt")
    .sort((a, b) => a.timeUs - b.timeUs);
  const byRecord = new Map<string, ShimHold>();
  for (const [phase, records] of Map.groupBy(written, (entry) => entry.session)) {
    for (const [index, record] of records.entries()) {
      const hold = holds.get(`${phase} ${index}`);
      if (hold !== undefined) byRecord.set(recordKey(record.page, record.timeUs), hold);
    }
  }
  return byRecord;
}

function recordKey(page: number, writtenUs: number): string {
  return `${page} ${writtenUs}`;
}
