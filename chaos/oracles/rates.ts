/**
 * Oracles about rates: no main channel exceeds its limit, and none that has something to send falls far behind it.
 *
 * @module
 */

import { PAGE_SIZE } from "../../lib/ram/ram_block.ts";
import type { ConnectionRecord, History, Sample } from "../history.ts";
import { guestOf } from "../plan.ts";
import { pagesOf } from "../setting.ts";
import { disturbedUs, type Span } from "./disturbance.ts";
import { allowedIn, type Limit, limitsOf } from "./limits.ts";
import { at, long, type Oracle } from "./oracle.ts";
import { intersect, linkRateOf, spansIn } from "./view.ts";

/** A window is at most so long: longer ones tell no more. */
const WINDOW_US_MAX = 400_000;

/** Samples that follow each other more closely tell no more. */
const SAMPLE_US_MIN = 1000;

/** The shortest window in which progress is judged. */
const PROGRESS_US_MIN = 200_000;

/** What a limiter may have saved up, in its own time (QEMU's BUFFER_DELAY), and the length of one batch. */
const BURST_US = 110_000;

/** What a window may hold that no limit counts: discards, the package, bitmaps, some records of requested pages. */
const UNLIMITED_BYTES = 16 * PAGE_SIZE;

/** The least part of its limit that a sender reaches that nothing disturbs. */
const PROGRESS_MIN = 0.1;

/** How long an undisturbed postcopy may take besides its background stream. */
const POSTCOPY_US_MAX = 100_000;

export const RATE_ORACLES = {
  "rate-limit": {
    states:
      "no main channel carries more than its limit lets through, whatever limits are changed to",
    check: (history) => {
      const limits = limitsOf(history);
      if (limits.every(({ bytesPerSecond }) => bytesPerSecond === Infinity)) return null;
      for (const connection of mainChannels(history)) {
        const sentence = judgeLimit(history, limits, connection);
        if (sentence !== null) return sentence;
      }
      return null;
    },
  },
  "progress": {
    states: "an undisturbed precopy carries at least a tenth of what its limit lets through",
    check: (history) => {
      const limit = rateOf(history, "max-bandwidth");
      if (limit === Infinity || isZeroFilled(history)) return null;
      const untilUs = Math.min(history.milestones.healedUs ?? Infinity, disturbedUs(history));
      const spans = intersect(spansIn(history, 1, "source", ["active"]), [[0, untilUs]]);
      for (const [from, to] of spans.flatMap((span) => progressWindows(history, span))) {
        const us = to.timeUs - from.timeUs;
        const carried = to.writtenBytes - from.writtenBytes;
        // Behind the first pass there may be nothing to send.
        if (to.writtenBytes >= pagesOf(history.plan) * PAGE_SIZE) continue;
        if (carried >= PROGRESS_MIN * limit * us / 1e6) continue;
        return `The main channel carried only ${carried} bytes in ${long(us)} from ${
          at(from.timeUs)
        } on, of ${limit} a second`;
      }
      return null;
    },
  },
  "postcopy-progress": {
    states: "an undisturbed postcopy sends what is left at a tenth of its limit at least",
    check: (history) => {
      if (disturbedUs(history) < Infinity) return null;
      const limit = rateOf(history, "max-postcopy-bandwidth");
      const { blocks, link: { latencyUs, bufferBytes } } = history.plan;
      const bytes = pagesOf({ blocks }) * PAGE_SIZE;
      // A buffer carries at most what fits in it in the time that it takes to cross the link.
      const crossingsUs = (10 + 2 * bytes / bufferBytes) * latencyUs;
      const mostUs = bytes / (PROGRESS_MIN * limit) * 1e6 + POSTCOPY_US_MAX + crossingsUs;
      const spans = spansIn(history, 1, "source", ["postcopy-active"]);
      const slow = spans.find(([fromUs, toUs]) => toUs - fromUs > mostUs);
      if (slow === undefined) return null;
      return `The source was postcopy-active for ${long(slow[1] - slow[0])} from ${
        at(slow[0])
      } on, to send ${bytes} bytes at most`;
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
      // What is written to a channel that the peer has closed goes nowhere, and is sent all the same.
      const untilUs = Math.min(active[1], disturbedUs(history));
      if (second.timeUs >= untilUs) return null;
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

/** The limit that a parameter sets at first, or the link where that is slower; Infinity: none. */
function rateOf(history: History, parameter: "max-bandwidth" | "max-postcopy-bandwidth"): number {
  const { [parameter]: limit } = history.plan.parameters;
  return Math.min(limit === 0 ? Infinity : limit, linkRateOf(history));
}

function mainChannels({ connections }: History): readonly ConnectionRecord[] {
  return connections.filter(({ migration, role }) => migration === 1 && role === "main");
}

/** Says so where a window between two samples holds too much. Nothing but questions comes before a recovery's stream. */
function judgeLimit(
  history: History,
  limits: readonly Limit[],
  connection: ConnectionRecord,
): string | null {
  const { id: connectionId, openedUs } = connection;
  const first: Sample = { timeUs: openedUs, connection: connectionId, writtenBytes: 0 };
  const samples = thin([first, ...samplesOf(history, connection, [0, Infinity])]);
  let stuckUs = openedUs;
  for (const [index, from] of samples.entries()) {
    if (from.writtenBytes !== samples[index - 1]?.writtenBytes) stuckUs = from.timeUs;
    for (const to of samples.slice(index + 1)) {
      const us = to.timeUs - from.timeUs;
      if (us > WINDOW_US_MAX) break;
      const { bytes, highest, batchBytes } = allowedIn(limits, [from.timeUs, to.timeUs], stuckUs);
      if (highest === Infinity) break;
      const carried = to.writtenBytes - from.writtenBytes;
      const allowed = bytes + highest * BURST_US / 1e6 + UNLIMITED_BYTES + batchBytes;
      if (carried <= allowed) continue;
      if (carried <= allowed + requestedBytes(history, [from.timeUs, to.timeUs])) continue;
      return `The main channel carried ${carried} bytes in ${long(us)} from ${
        at(from.timeUs)
      } on, limited to ${highest} a second`;
    }
  }
  return null;
}

/** An engine that takes its dirty log again and again is sampled as often, and every two samples are a window. */
function thin(samples: readonly Sample[]): readonly Sample[] {
  let lastUs = -Infinity;
  return samples.filter(({ timeUs }) => {
    const isKept = timeUs >= lastUs + SAMPLE_US_MIN;
    if (isKept) lastUs = timeUs;
    return isKept;
  });
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

/** The shortest windows in a stretch of time that are long enough to judge progress, one from each sample on. */
function progressWindows(history: History, span: Span): (readonly [Sample, Sample])[] {
  return mainChannels(history).flatMap((connection) => {
    const samples = samplesOf(history, connection, span);
    return samples.flatMap((from) => {
      const to = samples.find(({ timeUs }) => timeUs >= from.timeUs + PROGRESS_US_MIN);
      return to === undefined ? [] : [[from, to] as const];
    });
  });
}

/** Without a preempt channel a requested page goes out at once, whatever the limit. */
function requestedBytes({ plan, requests }: History, [fromUs, toUs]: Span): number {
  if (plan.capabilities.includes("postcopy-preempt")) return 0;
  const sent = (requests.destination ?? []).filter(({ event, timeUs }) =>
    event === "request-sent" && timeUs >= fromUs - WINDOW_US_MAX && timeUs <= toUs
  );
  return Math.min(sent.length, pagesOf(plan)) * (PAGE_SIZE + 32);
}
