/**
 * Questions that several oracles ask a history.
 *
 * @module
 */

import type { MigrationStatus, Side } from "../../lib/qapi/migration_status.ts";
import type { EngineName, History, MigrationNumber, StatusChange } from "../history.ts";
import type { Span } from "./disturbance.ts";

/** The status changes of one side in one migration, in order. */
export function statusesOf(
  { statuses }: History,
  migration: MigrationNumber,
  side: Side,
): readonly StatusChange[] {
  return statuses.filter((one) => one.migration === migration && one.side === side);
}

/** When the run ended. */
export function endUs({ outcome, statuses }: History): number {
  return outcome?.nowUs ?? statuses.at(-1)?.timeUs ?? 0;
}

/** The stretches of time in which a side had one of these statuses. */
export function spansIn(
  history: History,
  migration: MigrationNumber,
  side: Side,
  wanted: readonly MigrationStatus[],
): readonly Span[] {
  const changes = statusesOf(history, migration, side);
  return changes.flatMap(({ status, timeUs }, index): Span[] =>
    wanted.includes(status) ? [[timeUs, changes[index + 1]?.timeUs ?? endUs(history)]] : []
  );
}

/** What two lists of stretches have in common. */
export function intersect(left: readonly Span[], right: readonly Span[]): readonly Span[] {
  return left.flatMap(([from, to]) =>
    right.flatMap(([start, end]): Span[] => {
      const common: Span = [Math.max(from, start), Math.min(to, end)];
      return common[0] < common[1] ? [common] : [];
    })
  );
}

/** When an engine died; Infinity: it did not. */
export function deathUs({ deaths }: History, engine: EngineName): number {
  return deaths.find((death) => death.engine === engine)?.timeUs ?? Infinity;
}

/** Whether the bytes of a main or preempt channel were changed on their way, so that nothing is known about what RAM must hold. */
export function wasCorrupted({ plan, strikes }: History): boolean {
  return strikes.some(({ index, hit }) => hit && plan.faults[index]!.kind === "corrupted-byte");
}

/** How many bytes a second the link can carry for one channel; Infinity: any. */
export function linkRateOf({ plan: { link } }: History): number {
  // A channel holds no more than its buffer, and what is in it is on its way for as long as the link takes.
  const buffered = link.latencyUs === 0 ? Infinity : link.bufferBytes / link.latencyUs * 1e6;
  return Math.min(link.bytesPerSecond ?? Infinity, buffered);
}
