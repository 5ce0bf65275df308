/**
 * Oracles about page requests: every one is served, and soon where nothing is in its way.
 *
 * @module
 */

import { PAGE_SIZE } from "../../lib/ram/ram_block.ts";
import type { PageRequestEntry } from "../../lib/ram/page_request_log.ts";
import type { EngineName, History, MigrationNumber } from "../history.ts";
import { guestOf } from "../plan.ts";
import { SECOND_PASS_US, SECOND_TOUCHES_MAX } from "../run/conduct.ts";
import { pagesOf } from "../setting.ts";
import { excusedUs, slownessOf, type Span } from "./disturbance.ts";
import { at, long, type Oracle } from "./oracle.ts";
import { quietSpans } from "./quiet.ts";
import { endUs, intersect, wasCorrupted } from "./view.ts";

/** How long an undisturbed request may take, but for the link: queues of every vCPU's requests, some batches of the main stream. */
const REQUEST_US_MAX = 20_000;

/** How many times a request, or what stands before it, crosses the link. */
const CROSSINGS = 8;

/** What else may stand before a requested page: those of the other vCPUs, one batch. */
const QUEUED_BYTES = 64 * PAGE_SIZE;

/** The register page, where the guest is, where the stream was when it came, the end of RAM, and some for chance. */
const WAITS_MAX = 6;

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
      "the background stream goes ahead of a guest that touches page after page, so that it seldom waits",
    check: (history) => {
      if (!isFollowed(history.plan) || history.milestones.secondSettledUs === null) return null;
      const waits = waitsOf(history, "third").length;
      return waits <= WAITS_MAX
        ? null
        : `A sequential guest waited for ${waits} pages in the second migration`;
    },
  },
} as const satisfies Record<string, Oracle>;

/** Whether one vCPU goes through RAM, more slowly than the stream of the second migration. */
function isFollowed(plan: History["plan"]): boolean {
  const { vcpus, workload } = guestOf(plan);
  return vcpus === 1 && workload.kind === "sequential" &&
    pagesOf(plan) / SECOND_PASS_US * 1e6 > 2 * SECOND_TOUCHES_MAX;
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
  const linkUs = CROSSINGS * link.latencyUs;
  const bytes = Math.min(link.bufferBytes, pagesOf(history.plan) * PAGE_SIZE) + QUEUED_BYTES;
  const sendUs = link.bytesPerSecond === null ? 0 : bytes / link.bytesPerSecond * 1e6;
  const slowness = Math.max(slownessOf(history, "source"), slownessOf(history, "destination"));
  return REQUEST_US_MAX * slowness + linkUs + sendUs;
}
