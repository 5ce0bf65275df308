/**
 * Oracles about page requests: every one is served, and soon where nothing is in its way.
 *
 * @module
 */

import { PAGE_SIZE } from "../../lib/ram/ram_block.ts";
import type { PageRequestEntry } from "../../lib/ram/page_request_log.ts";
import type { EngineName, History, MigrationNumber } from "../history.ts";
import { guestOf } from "../plan.ts";
import { SECOND_PASS_US } from "../run/conduct.ts";
import { pagesOf } from "../setting.ts";
import { excusedUs, slownessOf, type Span } from "./disturbance.ts";
import { at, long, type Oracle } from "./oracle.ts";
import { quietSpans } from "./quiet.ts";
import { endUs, intersect, linkRateOf, wasCorrupted } from "./view.ts";

/** How long an undisturbed request may take, but for the link: queues of every vCPU's requests, some batches of the main stream. */
const REQUEST_US_MAX = 20_000;

/** How many times a request, or what stands before it, crosses the link. */
const CROSSINGS = 8;

/** What else may stand before a requested page: those of the other vCPUs, one batch. */
const QUEUED_BYTES = 64 * PAGE_SIZE;

/** One vCPU that waited for one page. */
interface Wait {
  readonly page: number;
  readonly vcpu: number;
  readonly fromUs: number;
  /** `null`: for ever. */
  readonly toUs: number | null;
}

export const REQUEST_ORACLES = {
  "request-served": {
    states: "a vCPU that waits for a page gets it before the migration is settled",
    check: (history) => {
      if (wasCorrupted(history)) return null;
      for (const [engine, migration, settledUs] of arrivals(history)) {
        const state = history.states[migration][engine];
        if (state?.whole !== true || !state.running) continue;
        const open = waitsOf(history, engine)
          .find(({ toUs, fromUs }) => fromUs <= settledUs && toUs === null);
        if (open === undefined) continue;
        return `vCPU ${open.vcpu} of the ${engine} waits for page ${open.page} since ${
          at(open.fromUs)
        }, ` +
          "and every page is there";
      }
      return null;
    },
  },
  "request-latency": {
    states: "a request is served soon where both sides are in postcopy-active and no fault lasts",
    check: (history) => {
      if (wasCorrupted(history)) return null;
      for (const [engine, migration] of arrivals(history)) {
        const boundUs = boundOf(history);
        const quiet = quietSpans(history, migration);
        for (const wait of waitsOf(history, engine)) {
          const waited = intersect([[wait.fromUs, wait.toUs ?? endUs(history)]], quiet);
          const slow = waited.find((span) => span[1] - span[0] > boundUs + excused(history, span));
          if (slow === undefined) continue;
          return `vCPU ${wait.vcpu} of the ${engine} waited for page ${wait.page} for ${
            long(slow[1] - slow[0])
          } from ${at(slow[0])} on, undisturbed`;
        }
      }
      return null;
    },
  },
  "stream-goes-ahead": {
    states:
      "the background stream goes on from a requested page: a guest that goes through RAM does not wait for page after page",
    check: (history) => {
      if (!isFollowed(history) || history.milestones.secondSettledUs === null) return null;
      const row = longestRow(waitsOf(history, "third"));
      if (row === null || lengthOf(row) <= boundOf(history)) return null;
      return `A sequential guest waited for pages ${row.firstPage} to ${row.lastPage}, one after the other, for ${
        long(lengthOf(row))
      } from ${at(row.fromUs)} on, in the second migration`;
    },
  },
} as const satisfies Record<string, Oracle>;

/** Pages one behind the other that were waited for one after the other. */
interface Row {
  readonly firstPage: number;
  readonly lastPage: number;
  /** From the first wait's beginning to the last one's. */
  readonly fromUs: number;
  readonly toUs: number;
}

/** The row that took longest; `null`: nothing was waited for. */
function longestRow(waits: readonly Wait[]): Row | null {
  const rows: Row[] = [];
  for (const { page, fromUs } of waits) {
    const row = rows.at(-1);
    if (row !== undefined && page === row.lastPage + 1) {
      rows[rows.length - 1] = { ...row, lastPage: page, toUs: fromUs };
    } else rows.push({ firstPage: page, lastPage: page, fromUs, toUs: fromUs });
  }
  return rows.toSorted((one, other) => lengthOf(other) - lengthOf(one))[0] ?? null;
}

function lengthOf({ fromUs, toUs }: Row): number {
  return toUs - fromUs;
}

/**
 * Whether one vCPU goes through RAM, and the second migration's stream can go ahead of it: always faster than the guest, but for the
 * link, and for requests that go out on the same channel and count towards its limit.
 */
function isFollowed(history: History): boolean {
  const { plan } = history;
  const { vcpus, workload } = guestOf(plan);
  const streamRate = pagesOf(plan) * PAGE_SIZE / SECOND_PASS_US * 1e6;
  return vcpus === 1 && workload.kind === "sequential" &&
    plan.capabilities.includes("postcopy-preempt") && linkRateOf(history) > streamRate;
}

/** The engines that a guest may have come to, with the migration and when that had settled. */
function arrivals({ milestones }: History): [EngineName, MigrationNumber, number][] {
  return [
    ["destination", 1, milestones.settledUs ?? Infinity],
    ["third", 2, milestones.secondSettledUs ?? Infinity],
  ];
}

/** The waits on one engine. */
function waitsOf({ requests }: History, engine: EngineName): readonly Wait[] {
  const waits: Wait[] = [];
  const open = new Map<number, PageRequestEntry>();
  for (const entry of requests[engine] ?? []) {
    if (entry.vcpu < 0) continue;
    const began = open.get(entry.vcpu);
    if (entry.event === "faulted") open.set(entry.vcpu, began?.page === entry.page ? began : entry);
    if (entry.event !== "vcpu-runs" || began === undefined) continue;
    open.delete(entry.vcpu);
    waits.push({ ...began, fromUs: began.timeUs, toUs: entry.timeUs });
  }
  for (const entry of open.values()) waits.push({ ...entry, fromUs: entry.timeUs, toUs: null });
  return waits;
}

function excused(history: History, span: Span): number {
  return excusedUs(history, "source", span) + excusedUs(history, "destination", span);
}

/** A page that is on its way on the main channel already has to wait for what the channel's buffer holds: at most all of RAM. */
function boundOf(history: History): number {
  const { link } = history.plan;
  const bytes = Math.min(link.bufferBytes, pagesOf(history.plan) * PAGE_SIZE) + QUEUED_BYTES;
  // A buffer's worth of them crosses the link at a time.
  const linkUs = (CROSSINGS + bytes / link.bufferBytes) * link.latencyUs;
  const sendUs = link.bytesPerSecond === null ? 0 : bytes / link.bytesPerSecond * 1e6;
  const slowness = Math.max(slownessOf(history, "source"), slownessOf(history, "destination"));
  return REQUEST_US_MAX * slowness + linkUs + sendUs;
}
