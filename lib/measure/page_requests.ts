/**
 * Joins what the two sides logged about page requests into one timeline for each request. A request begins when a vCPU blocks
 * on a missing page and ends when that vCPU runs again, so every blocked vCPU is a request of its own, also where several
 * wait for the same page.
 *
 * The hard thing is that one request may be seen several times: it is sent again after each recovery, a record of it may be
 * lost with the channel that carried it, and the background may send the page while the request is under way. The join works
 * backwards from the record that was placed: its session and channel say which of the entries lie on the path that ended the
 * wait. With QEMU on one side that side's points are absent, not wrong.
 *
 * @module
 */

import type { PageChannel, PageRequestEntry, PageRequestEvent } from "../ram/page_request_log.ts";

/** What one side logged in one migration: entries in any order, and how many a full ring lost. */
export interface PageRequestHistory {
  readonly entries: readonly PageRequestEntry[];
  readonly dropped: number;
}

/** A point of a timeline: the logged events, and the request's last repetition after a recovery. */
export type TimelinePoint = PageRequestEvent | "request-sent-again";

/** Where a stretch of a request's time went: from one point that is present to the next one. */
export interface TimelinePart {
  readonly from: TimelinePoint;
  readonly to: TimelinePoint;
  readonly us: number;
}

/** One request: one vCPU that waited for one page. */
export interface PageRequest {
  readonly page: number;
  /** The vCPU that waited; `null` where the destination does not say (QEMU, or a read that is not a vCPU's). */
  readonly vcpu: number | null;
  /** The connect phase in which it began: 0 = after the start, k = after the k-th recovery. */
  readonly session: number;
  /** The times seen, as logged; a point that was not seen is absent. */
  readonly points: Readonly<Partial<Record<TimelinePoint, number>>>;
  /** The channel on which the page came; `null` if that was not seen. */
  readonly channel: PageChannel | null;
  /**
   * Whether the page came because it was asked for, or the background scan was there first; `null` where the logs cannot
   * tell.
   */
  readonly servedBy: "request" | "background" | null;
  /** From beginning to end; `null` where one of them was not seen. */
  readonly latencyUs: number | null;
  /** The latency, cut at the points on the path of the record that was placed. They sum to `latencyUs`; none without one. */
  readonly parts: readonly TimelinePart[];
}

/** What the join needs to know. `null` for a side without a log of ours. */
export interface PageRequestHistories {
  readonly source: PageRequestHistory | null;
  readonly destination: PageRequestHistory | null;
  /** Whether `postcopy-preempt` is on: then whatever comes on main was not sent for a request. */
  readonly preempt: boolean;
}

const ON_REQUEST = ["request-sent", "request-sent-again", "request-read"] as const;
const ON_RECORD = ["record-written", "record-read", "placed"] as const;

/** The requests of one migration, ordered by page and within a page by their beginning. */
export function joinPageRequests(logs: PageRequestHistories): PageRequest[] {
  const entries = [...logs.source?.entries ?? [], ...logs.destination?.entries ?? []];
  entries.sort((a, b) => a.page - b.page || a.timeUs - b.timeUs);
  const requests: PageRequest[] = [];
  for (let begin = 0, end = 0; begin < entries.length; begin = end) {
    const page = entries[begin]?.page;
    while (entries[end]?.page === page) end++;
    requests.push(...joinPage(entries.slice(begin, end), logs));
  }
  return requests;
}

/** The requests for one page, from all of its entries in the order of their times. */
function joinPage(entries: readonly PageRequestEntry[], logs: PageRequestHistories): PageRequest[] {
  const shared = sharedPoints(entries);
  const channel = shared["record-read"]?.channel ?? shared["record-written"]?.channel ?? null;
  const servedBy = whoServed(shared, channel, logs);
  const request = (begin: PageRequestEntry, end: PageRequestEntry | undefined): PageRequest => {
    const vcpu = begin.vcpu >= 0 ? begin.vcpu : null;
    const faulted = begin.event === "faulted" ? begin : undefined;
    const runs = end?.event === "vcpu-runs" ? end : undefined;
    const points = timesOf({ faulted, ...shared, "vcpu-runs": runs });
    const seen = { page: begin.page, vcpu, session: begin.session, points, channel, servedBy };
    if (end === undefined || begin.event === "request-read") {
      return { ...seen, latencyUs: null, parts: [] };
    }
    const path = servedBy === "background" ? ON_RECORD : [...ON_REQUEST, ...ON_RECORD];
    const latencyUs = end.timeUs - begin.timeUs;
    return { ...seen, latencyUs, parts: cut(points, [begin.event, ...path, end.event]) };
  };

  const faults = firstFaults(entries);
  if (faults.length > 0) {
    return faults.map((fault) =>
      request(
        fault,
        entries.find((entry) =>
          entry.event === "vcpu-runs" && entry.vcpu === fault.vcpu && entry.timeUs >= fault.timeUs
        ),
      )
    );
  }
  const asked = shared["request-sent"] ?? shared["request-read"];
  return asked === undefined ? [] : [request(asked, shared.placed)];
}

type Shared = Readonly<
  Partial<Record<Exclude<TimelinePoint, "faulted" | "vcpu-runs">, PageRequestEntry | undefined>>
>;

/** The points that all requests for a page have in common, found backwards from the record that was placed. */
function sharedPoints(entries: readonly PageRequestEntry[]): Shared {
  const first = (event: TimelinePoint) => entries.find((entry) => entry.event === event);
  const placed = first("placed");
  const recordRead = entries.findLast((entry) =>
    entry.event === "record-read" && entry.timeUs <= (placed?.timeUs ?? Infinity)
  );
  const recordWritten = entries.findLast((entry) =>
    entry.event === "record-written" &&
    (recordRead === undefined ||
      (entry.session === recordRead.session && entry.channel === recordRead.channel))
  );
  const session = (recordRead ?? recordWritten)?.session ?? Infinity;
  const sent = first("request-sent");
  const sentLast = entries.findLast((entry) =>
    entry.event === "request-sent" && entry.session <= session
  );
  return {
    "request-sent": sent,
    "request-sent-again": sentLast?.session === sent?.session ? undefined : sentLast,
    "request-read":
      entries.find((entry) => entry.event === "request-read" && entry.session === session) ??
        first("request-read"),
    "record-written": recordWritten,
    "record-read": recordRead,
    "placed": placed,
  };
}

function whoServed(
  shared: Shared,
  channel: PageChannel | null,
  logs: PageRequestHistories,
): PageRequest["servedBy"] {
  if (channel === null) return null;
  if (channel === "preempt") return "request";
  if (logs.preempt) return "background";
  if (logs.source === null) return null;
  // Without the preempt channel both come on main, and our source logs only records that it writes for a request.
  const { "request-read": read, "record-written": written } = shared;
  const asked = read !== undefined && written !== undefined && read.timeUs <= written.timeUs;
  return asked ? "request" : "background";
}

/** The first fault of each vCPU. The fault thread's own entries name no vCPU and begin no request. */
function firstFaults(entries: readonly PageRequestEntry[]): PageRequestEntry[] {
  const faults = new Map<number, PageRequestEntry>();
  for (const entry of entries) {
    if (entry.event !== "faulted" || entry.vcpu < 0 || faults.has(entry.vcpu)) continue;
    faults.set(entry.vcpu, entry);
  }
  return [...faults.values()];
}

function timesOf(
  found: Readonly<Partial<Record<TimelinePoint, PageRequestEntry | undefined>>>,
): PageRequest["points"] {
  const times: Partial<Record<TimelinePoint, number>> = {};
  for (const [point, entry] of Object.entries(found)) {
    if (entry !== undefined) times[point as TimelinePoint] = entry.timeUs;
  }
  return times;
}

/**
 * Cuts the time between the first and the last point of `path` at those in between that are present. A point outside of what
 * is left cuts off nothing: a record written before the fault, or clocks of two Workers that differ by a microsecond.
 */
function cut(points: PageRequest["points"], path: readonly TimelinePoint[]): TimelinePart[] {
  const seen = [...new Set(path)].flatMap((point) => {
    const timeUs = points[point];
    return timeUs === undefined ? [] : [{ point, timeUs }];
  });
  const parts: TimelinePart[] = [];
  seen.reduce((from, to) => {
    const reachedUs = Math.min(Math.max(to.timeUs, from.timeUs), seen.at(-1)!.timeUs);
    parts.push({ from: from.point, to: to.point, us: reachedUs - from.timeUs });
    return { point: to.point, timeUs: reachedUs };
  });
  return parts;
}
