/**
 * The arithmetic of the main loop probe. A tick was due at its intended time and was answered when the loop got to it; the
 * difference is its lateness. Because ticks fall due whether or not earlier ones were answered, a stall is felt by every tick
 * due in it. The hard thing is to get from ticks back to stalls: a stall begins at a tick that no earlier stall covers and
 * lasts for its lateness; a tick within it that is later still means that another stall followed at once.
 *
 * @module
 */

import { type LatencyFigures, LatencyHistogram } from "./histogram.ts";
import type { ProbeAnswer } from "./probe_answer.ts";

/** One tick as the prober sent it. */
export interface ProbeTick {
  readonly intendedUs: number;
  /** When the prober got to it; later than intended where the prober itself was late. */
  readonly sentUs: number;
  /** How long the measured thread had waited for a CPU in its life, read at `sentUs`; `null` where it is not known. */
  readonly cpuWaitUs: number | null;
}

/** An answer as the prober received it. */
export interface ReceivedAnswer extends ProbeAnswer {
  /** As in `ProbeTick`, read when the answer came; `null` also where no stall was answered. */
  readonly cpuWaitUs: number | null;
}

/** What was seen of one loop. Answers are in order, each for the oldest ticks not yet answered. */
export interface ProbeRecord {
  readonly intervalUs: number;
  readonly ticks: readonly ProbeTick[];
  readonly answers: readonly ReceivedAnswer[];
  /** When the measurement ended, or the loop was closed. What is unanswered then has waited until then. */
  readonly endUs: number;
}

/** A time in which a loop served nothing. Its three parts (prober late, waiting for a CPU, the rest) are disjoint. */
export interface Stall {
  readonly beginUs: number;
  readonly lengthUs: number;
  /** For how much of it the prober was late itself, so that the loop cannot be blamed. */
  readonly proberLateUs: number;
  /** For how much of the rest the loop's thread was ready to run and waited for a CPU; `null` where it is not known. */
  readonly cpuWaitUs: number | null;
  /** False for a stall that the end of the measurement cut off. */
  readonly ended: boolean;
}

/** The responsiveness of one main loop. */
export interface LoopResponsiveness {
  /** Lateness over all ticks; `null` if no tick fell due. */
  readonly lateness: LatencyFigures | null;
  /** Time in which something that arrived had to wait for more than 10 ms, and 50 ms. */
  readonly over10MsUs: number;
  readonly over50MsUs: number;
  /** Stalls of at least `STALL_LISTED_FROM_US`, in the order of their begin. */
  readonly stalls: readonly Stall[];
  /** How late the prober was: what it adds to every lateness. */
  readonly sendLateness: LatencyFigures | null;
}

/** Shorter ones count in the figures but are not listed: every tick is some microseconds late. */
export const STALL_LISTED_FROM_US = 1000;

/** Works out stalls and figures from what the prober saw. */
export function measureStalls(record: ProbeRecord): LoopResponsiveness {
  const lateness = new LatencyHistogram();
  const sendLateness = new LatencyHistogram();
  const stalls: Stall[] = [];
  let [over10MsUs, over50MsUs] = [0, 0];
  let current: Stall | undefined;
  for (const { tick, answer } of answeredTicks(record)) {
    const lateUs = Math.max(0, (answer?.stampUs ?? record.endUs) - tick.intendedUs);
    lateness.record(lateUs);
    sendLateness.record(tick.sentUs - tick.intendedUs);
    if (lateUs > 10_000) over10MsUs += record.intervalUs;
    if (lateUs > 50_000) over50MsUs += record.intervalUs;

    const covered = current !== undefined && lateUs <= current.lengthUs &&
      tick.intendedUs < current.beginUs + current.lengthUs;
    if (covered || lateUs < STALL_LISTED_FROM_US) continue;
    current = stallFrom(tick, answer, lateUs);
    stalls.push(current);
  }
  return {
    lateness: lateness.figures(),
    over10MsUs,
    over50MsUs,
    stalls,
    sendLateness: sendLateness.figures(),
  };
}

/** Each tick with the answer that covers it, if any came. Ticks that fell due after the end are left out. */
function* answeredTicks(
  record: ProbeRecord,
): Generator<{ readonly tick: ProbeTick; readonly answer: ReceivedAnswer | undefined }> {
  let next = 0;
  let covered = 0;
  for (const [index, tick] of record.ticks.entries()) {
    while (index >= covered && next < record.answers.length) {
      covered += record.answers[next++]?.count ?? 0;
    }
    const answer = index < covered ? record.answers[next - 1] : undefined;
    if (answer !== undefined || tick.intendedUs < record.endUs) yield { tick, answer };
  }
}

/** The stall that begins at `tick`. */
function stallFrom(tick: ProbeTick, answer: ReceivedAnswer | undefined, lengthUs: number): Stall {
  const proberLateUs = Math.min(lengthUs, tick.sentUs - tick.intendedUs);
  const waitedUs = answer?.cpuWaitUs ?? null;
  // The kernel adds a wait when it ends: one that began before the tick was sent is counted whole.
  const cpuWaitUs = waitedUs === null || tick.cpuWaitUs === null
    ? null
    : Math.min(waitedUs - tick.cpuWaitUs, lengthUs - proberLateUs);
  return {
    beginUs: tick.intendedUs,
    lengthUs,
    proberLateUs,
    cpuWaitUs,
    ended: answer !== undefined,
  };
}
