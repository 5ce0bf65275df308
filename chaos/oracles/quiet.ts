/**
 * When a run is quiet: both sides are in postcopy, and no fault lasts. Then what nothing disturbs may be asked of an engine.
 *
 * A fault of one connection lasts no longer than the connection, which makes the time behind a recovery quiet again. Most other faults
 * are taken to last until everything heals.
 *
 * @module
 */

import type { Fault, FaultName } from "../faults/fault_table.ts";
import type { ConnectionRecord, History, MigrationNumber } from "../history.ts";
import { type Span, struckFaults } from "./disturbance.ts";
import { intersect, spansIn } from "./view.ts";

/** How long it may take to be found that what was sent on a broken channel was lost. */
const FOUND_US = 1_500_000;

/** How long it takes to catch up with what a fault has held up. */
const HELD_UP_US = 100_000;

/** Faults that are over when they have struck: what they broke shows as a status. */
const MOMENTARY: readonly FaultName[] = [
  "operator-cancels",
  "operator-pauses",
  "operator-recovers",
  "operator-resumes",
  "operator-migrates-again",
  "operator-starts-postcopy",
  "operator-continues",
  "operator-starts-guest",
  "operator-sets-parameter",
  "connect-delay",
  "connect-hang",
  "connect-refuse",
  "connect-reset",
  "one-page",
  "zero-ram",
  "fault-burst",
  "write-storm",
  "stray-silent",
  "stray-garbage",
  "loop-stalled",
  "slow-vcpu",
  "source-dies",
  "destination-dies",
];

/** Faults of one connection. */
type ChannelFault = Extract<
  Fault,
  {
    kind:
      | "reset"
      | "close"
      | "half-open"
      | "cut"
      | "truncated"
      | "corrupted-byte"
      | "stall"
      | "merged-reads"
      | "torn-reads";
  }
>;

const CHANNEL_FAULTS: readonly ChannelFault["kind"][] = [
  "reset",
  "close",
  "half-open",
  "cut",
  "truncated",
  "corrupted-byte",
  "stall",
  "merged-reads",
  "torn-reads",
];

/** The quiet stretches of a migration, in order. */
export function quietSpans(history: History, migration: MigrationNumber): readonly Span[] {
  const active = intersect(
    spansIn(history, migration, "source", ["postcopy-active"]),
    spansIn(history, migration, "destination", ["postcopy-active"]),
  );
  return migration === 2 ? active : undisturbed(history, active);
}

/** What is left of stretches of the first migration in which no fault lasts; one that strikes a connect is over with it. */
export function undisturbed(history: History, spans: readonly Span[]): readonly Span[] {
  const healedUs = (history.milestones.healedUs ?? Infinity) + delayedUs(history);
  const lasting = struckFaults(history).filter(({ fault }) => !MOMENTARY.includes(fault.kind))
    .map(({ timeUs, fault }): Span => {
      const overUs = timeUs + lastsUs(fault);
      const isChannelFault = (CHANNEL_FAULTS as readonly FaultName[]).includes(fault.kind);
      if (!isChannelFault) return [timeUs, Math.min(overUs, healedUs)];
      const closedUs = connectionOf(history, fault as ChannelFault, timeUs)?.closedUs;
      return [timeUs, Math.min(overUs, closedUs ?? Infinity, healedUs + FOUND_US)];
    });
  return without(spans, lasting);
}

/** The connection that a fault struck. */
function connectionOf(
  { connections }: History,
  { role, when }: ChannelFault,
  timeUs: number,
): ConnectionRecord | undefined {
  const isOfTrigger = (when.on === "opened" || when.on === "bytes") && when.role === role;
  return connections.findLast((one) =>
    one.migration === 1 && one.role === role && one.openedUs <= timeUs &&
    (one.closedUs ?? Infinity) >= timeUs && (!isOfTrigger || one.phase === when.phase)
  );
}

/** How long a fault, and what it has held up, is in the way of requests. */
function lastsUs(fault: Fault): number {
  const heldUs = fault.kind === "delay" ? fault.timeUs + 4 * fault.jitterUs : 0;
  const isOver = "forUs" in fault && fault.forUs !== null;
  return isOver ? fault.forUs + heldUs + HELD_UP_US : Infinity;
}

/** How much later than ever what was sent before the heal may arrive. */
function delayedUs(history: History): number {
  return struckFaults(history).reduce(
    (most, { fault }) =>
      fault.kind === "delay" ? Math.max(most, fault.timeUs + 4 * fault.jitterUs) : most,
    0,
  );
}

/** What is left of stretches outside of others. */
function without(spans: readonly Span[], others: readonly Span[]): readonly Span[] {
  let left = spans;
  for (const [fromUs, toUs] of others) {
    left = intersect(left, [[0, fromUs], [toUs, Infinity]]);
  }
  return left;
}
