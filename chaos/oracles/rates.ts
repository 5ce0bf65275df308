/**
 * Oracles about rates: no main channel exceeds its limit, and none that has something to send falls far behind it.
 *
 * @module
 */

import { PAGE_SIZE } from "../../lib/ram/ram_block.ts";
import type { ConnectionRecord, History, Sample } from "../history.ts";
import { guestOf } from "../plan.ts";
import { pagesOf } from "../setting.ts";
import { overlapUs, type Span, struckFaults } from "./disturbance.ts";
import { at, long, type Oracle } from "./oracle.ts";
import { intersect, spansIn } from "./view.ts";

/** A limit holds over some tenths of a second. */
const WINDOW_US = 200_000;

/** What a limiter may have saved up, in its own time (QEMU's BUFFER_DELAY), and the length of one batch. */
const BURST_US = 110_000;

/** What a window may hold that no limit counts: discards, the package, bitmaps, some records of requested pages. */
const UNLIMITED_BYTES = 16 * PAGE_SIZE;

/** The least part of its limit that a sender reaches that nothing disturbs. */
const PROGRESS_MIN = 0.1;

/** A time in which one limit held for one main channel. */
interface Window {
  readonly from: Sample;
  readonly to: Sample;
  readonly bytesPerSecond: number;
}

export const RATE_ORACLES = {
  "rate-limit": {
    states: "no main channel carries more than its limit lets through",
    check: (history) => {
      for (const window of windowsOf(history)) {
        const us = window.to.timeUs - window.from.timeUs;
        const allowed = window.bytesPerSecond * (us + BURST_US) / 1e6 + UNLIMITED_BYTES +
          requestedBytes(history, [window.from.timeUs, window.to.timeUs]);
        const carried = window.to.writtenBytes - window.from.writtenBytes;
        if (carried <= allowed) continue;
        return `The main channel carried ${carried} bytes in ${long(us)} from ${
          at(window.from.timeUs)
        } on, limited to ${window.bytesPerSecond} a second`;
      }
      return null;
    },
  },
  "progress": {
    states: "an undisturbed precopy carries at least a tenth of what its limit lets through",
    check: (history) => {
      const precopy = spansIn(history, 1, "source", ["active"]);
      const link = history.plan.link.bytesPerSecond ?? Infinity;
      for (const { from, to, bytesPerSecond } of windowsOf(history)) {
        const us = to.timeUs - from.timeUs;
        const isWhole = precopy.some((span) => overlapUs(span, [from.timeUs, to.timeUs]) === us);
        if (!isWhole || struckFaults(history).some(({ timeUs }) => timeUs <= to.timeUs)) continue;
        const carried = to.writtenBytes - from.writtenBytes;
        // Behind the first pass there may be nothing to send.
        if (to.writtenBytes >= pagesOf(history.plan) * PAGE_SIZE) continue;
        const least = PROGRESS_MIN * Math.min(bytesPerSecond, link) * us / 1e6;
        if (carried >= least || isZeroFilled(history)) continue;
        return `The main channel carried only ${carried} bytes in ${long(us)} from ${
          at(from.timeUs)
        } on, of ${bytesPerSecond} a second`;
      }
      return null;
    },
  },
  "passes": {
    states:
      "the dirty log is taken anew only when the pages of the pass before have gone out, but for what downtime allows",
    check: (history) => {
      const second = history.events.find(({ name, data, engine }) =>
        name === "MIGRATION_PASS" && data.pass === 2 && engine === "source"
      );
      const [active] = spansIn(history, 1, "source", ["active"]);
      if (second === undefined || active === undefined || isZeroFilled(history)) return null;
      if (second.timeUs >= Math.min(active[1], firstChangeUs(history))) return null;
      const main = history.connections.find(({ role }) => role === "main");
      const sample = history.samples.find(({ timeUs, connection }) =>
        connection === main?.id && timeUs >= second.timeUs
      );
      const bytes = pagesOf(history.plan) * PAGE_SIZE;
      if (sample === undefined || sample.writtenBytes + leftBytes(history) >= bytes) return null;
      return `The dirty log was taken for the second time ${at(second.timeUs)}, ` +
        `when at most ${sample.writtenBytes} of ${bytes} bytes had gone out`;
    },
  },
} as const satisfies Record<string, Oracle>;

function isZeroFilled({ plan }: History): boolean {
  return guestOf(plan).fill === "zero";
}

/** What may be left for the time that the guest stands still: a sender measures its rate, which its limit bounds. */
function leftBytes({ plan: { parameters, link } }: History): number {
  const limit = parameters["max-bandwidth"] === 0 ? Infinity : parameters["max-bandwidth"];
  const rate = Math.min(limit, link.bytesPerSecond ?? Infinity);
  const downtime = parameters["downtime-limit"];
  return downtime === 0 ? 0 : 2 * rate * downtime / 1000;
}

/** Windows of the first migration, up to the heal, in each of which one limit holds all the time. */
function windowsOf(history: History): readonly Window[] {
  const { parameters } = history.plan;
  const limits = [
    { statuses: ["active"], bytesPerSecond: parameters["max-bandwidth"] },
    { statuses: ["postcopy-active"], bytesPerSecond: parameters["max-postcopy-bandwidth"] },
  ] as const;
  const untilUs = Math.min(history.milestones.healedUs ?? Infinity, firstChangeUs(history));
  return history.connections.filter(({ migration, role }) => migration === 1 && role === "main")
    .flatMap((connection) =>
      limits.flatMap(({ statuses, bytesPerSecond }) => {
        if (bytesPerSecond === 0) return [];
        const spans = intersect(spansIn(history, 1, "source", statuses), [[0, untilUs]]);
        return spans.flatMap((span) => cut(samplesOf(history, connection, span)))
          .map(([from, to]) => ({ from, to, bytesPerSecond }));
      })
    );
}

/** When the limits were first changed. */
function firstChangeUs(history: History): number {
  const change = struckFaults(history).find(({ fault }) =>
    fault.kind === "operator-sets-parameter"
  );
  return change?.timeUs ?? Infinity;
}

function samplesOf(
  { samples }: History,
  { id }: ConnectionRecord,
  [fromUs, toUs]: Span,
): readonly Sample[] {
  return samples.filter(({ connection, timeUs }) =>
    connection === id && timeUs >= fromUs && timeUs <= toUs
  );
}

/** The shortest windows of at least `WINDOW_US`, one from each sample on. */
function cut(samples: readonly Sample[]): (readonly [Sample, Sample])[] {
  return samples.flatMap((from) => {
    const to = samples.find(({ timeUs }) => timeUs >= from.timeUs + WINDOW_US);
    return to === undefined ? [] : [[from, to] as const];
  });
}

/** Without a preempt channel a requested page goes out at once, whatever the limit. */
function requestedBytes({ plan, requests }: History, [fromUs, toUs]: Span): number {
  if (plan.capabilities.includes("postcopy-preempt")) return 0;
  const sent = (requests.destination ?? []).filter(({ event, timeUs }) =>
    event === "request-sent" && timeUs >= fromUs - WINDOW_US && timeUs <= toUs
  );
  return Math.min(sent.length, pagesOf(plan)) * (PAGE_SIZE + 32);
}
