/**
 * What a run's faults excuse: oracles that state a bound state it of an undisturbed engine. A loop that a fault has stalled for 80 ms
 * may be silent for 80 ms more.
 *
 * @module
 */

import type { Side } from "../../lib/qapi/migration_status.ts";
import type { EngineCommandName } from "../../lib/qapi/commands.ts";
import type { Fault, FaultName } from "../faults/fault_table.ts";
import type { EngineName, History } from "../history.ts";

/** A stretch of time, from and to. */
export type Span = readonly [fromUs: number, toUs: number];

/** The faults that struck, in order. */
export function struckFaults({ plan, strikes }: History): { timeUs: number; fault: Fault }[] {
  return strikes.filter(({ hit }) => hit)
    .map(({ timeUs, index }) => ({ timeUs, fault: plan.faults[index]! }));
}

/** How much longer than ever anything may take that an engine does in a stretch of time, in microseconds. */
export function excusedUs(history: History, engine: EngineName, span: Span): number {
  const lateUs = struckFaults(history).map(({ fault }) =>
    fault.kind === "late-fault" ? fault.us : 0
  );
  return stallsOf(history, engine).reduce(
    (sum, stall) => sum + overlapUs(stall, span),
    Math.max(0, ...lateUs),
  );
}

/** Stretches in which an engine's loop, or one of its vCPUs, ran nothing. One after the other where they were asked for at once. */
function stallsOf(history: History, engine: EngineName): readonly Span[] {
  const ends = new Map<string, number>();
  return struckFaults(history).flatMap(({ timeUs, fault }): Span[] => {
    const isStall = fault.kind === "loop-stalled" || fault.kind === "slow-vcpu";
    if (!isStall || fault.side !== engine) return [];
    const loop = fault.kind === "slow-vcpu" ? `vcpu ${fault.vcpu}` : "main";
    const endUs = Math.max(timeUs, ends.get(loop) ?? 0) + fault.us;
    ends.set(loop, endUs);
    return [[timeUs, endUs + SLACK_US]];
  });
}

/** A stall begins when its loop is free. */
const SLACK_US = 5000;

/** How much of a stretch lies in another. */
export function overlapUs([from, to]: Span, [start, end]: Span): number {
  return Math.max(0, Math.min(to, end) - Math.max(from, start));
}

/** Faults that take time, or that an engine turns away, and that break nothing. */
const HARMLESS: readonly FaultName[] = [
  "connect-delay",
  "connect-hang",
  "accept-late",
  "accept-swapped",
  "backlog-full",
  "stray-silent",
  "stray-garbage",
  "torn-reads",
  "loop-stalled",
  "slow-work",
  "slow-vcpu",
  "late-fault",
  "write-storm",
  "fault-burst",
  "one-page",
  "zero-ram",
  "operator-starts-postcopy",
  "operator-continues",
  "operator-starts-guest",
  "operator-sets-parameter",
];

/** What a fault may have an operator do that ends a session or a migration where it is served. */
const BREAKING: readonly EngineCommandName[] = [
  "migrate_cancel",
  "migrate-pause",
  "migrate-recover",
];

/** Whether nothing but time, strangers and refused commands was in the way of the first migration. */
export function wasOnlyDelayed(history: History): boolean {
  const { commands } = history;
  if (commands.some(({ command, error }) => BREAKING.includes(command) && error === null)) {
    return false;
  }
  return struckFaults(history).every(({ fault }) => {
    const isOneWay = "direction" in fault && fault.direction === "source-to-destination";
    switch (fault.kind) {
      case "delay":
      case "low-rate":
      case "stall":
      case "merged-reads":
        // On the way back it may hold SHUT longer than the source waits for it.
        return isOneWay;
      case "connect-refuse":
      case "connect-reset":
        // Only postcopy needs the channel.
        return fault.role === "preempt" && !wasPostcopyAsked(history);
      case "operator-cancels":
      case "operator-pauses":
      case "operator-recovers":
      case "operator-migrates-again":
        return true;
      default:
        return HARMLESS.includes(fault.kind);
    }
  });
}

function wasPostcopyAsked({ commands }: History): boolean {
  return commands.some(({ command, error, migration }) =>
    command === "migrate-start-postcopy" && error === null && migration === 1
  );
}

/** How many times as long as ever a side's work takes at most. */
export function slownessOf(history: History, side: Side): number {
  return struckFaults(history).reduce(
    (most, { fault }) =>
      fault.kind === "slow-work" && fault.side === side ? Math.max(most, fault.factor) : most,
    1,
  );
}

/** When the first fault struck, but for what only shapes the guest. */
export function disturbedUs(history: History): number {
  const first = struckFaults(history).find(({ fault }) =>
    fault.kind !== "zero-ram" && fault.kind !== "one-page"
  );
  return first?.timeUs ?? Infinity;
}
