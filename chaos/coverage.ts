/**
 * Coverage: which faults met an engine in which status. A campaign in which a fault never met a status says nothing about the two.
 *
 * A fault meets the status that a side has when it strikes. One that shapes a run from its start meets every status until the heal.
 *
 * @module
 */

import {
  existsIn,
  type MigrationStatus,
  type Side,
  TRANSITIONS,
} from "../lib/qapi/migration_status.ts";
import { EMBEDDED_VERSION } from "../lib/qapi/qemu_version.ts";
import { FAULT_NAMES, type FaultName, isFromStart } from "./faults/fault_table.ts";
import type { History } from "./history.ts";
import { MARK_NAMES, type MarkName } from "./marks.ts";

/** A fault that met a status of a side. */
export interface Cell {
  readonly side: Side;
  readonly fault: FaultName;
  readonly status: MigrationStatus;
}

export const SIDES = ["source", "destination"] as const satisfies readonly Side[];

/** The statuses that a side of the embedded engine can have. */
export function statusesOfSide(side: Side): readonly MigrationStatus[] {
  const rows = TRANSITIONS[side].filter((row) => existsIn(row, EMBEDDED_VERSION));
  return [...new Set(["none", ...rows.map(({ to }) => to)] as const)];
}

/** Every cell that there is. */
export function allCells(): readonly Cell[] {
  return SIDES.flatMap((side) =>
    FAULT_NAMES.flatMap((fault) => statusesOfSide(side).map((status) => ({ side, fault, status })))
  );
}

/** The cells that a run hit, each once. */
export function cellsOf(history: History): readonly Cell[] {
  const cells = new Map<string, Cell>();
  for (const { index, hit, statuses } of history.strikes) {
    if (!hit) continue;
    const fault = history.plan.faults[index]!.kind;
    for (const side of SIDES) {
      const met = isFromStart(fault) ? statusesUntilHeal(history, side) : [statuses[side]];
      for (const status of met) cells.set(`${side} ${fault} ${status}`, { side, fault, status });
    }
  }
  return [...cells.values()];
}

function statusesUntilHeal({ statuses, milestones }: History, side: Side): MigrationStatus[] {
  const untilUs = milestones.healedUs ?? Infinity;
  const told = statuses.filter((one) =>
    one.migration === 1 && one.side === side && one.timeUs <= untilUs
  );
  return ["none", ...told.map(({ status }) => status)];
}

/** Seeds from which on a campaign leaves nothing out: each cell is then hit a dozen times at the least, and each rare path taken. */
export const COVERING_SEEDS = 30_000;

/** What coverage should be, and is not. */
export interface CoverageGaps {
  /** Cells that no run hit although nothing says that none can. */
  readonly empty: readonly Cell[];
  /** Cells that were hit although a reason says that none can. */
  readonly impossible: readonly Cell[];
  /** Rare paths that no run took. */
  readonly untaken: readonly MarkName[];
}

/** Compares how often each cell was hit, and each rare path taken, with the list of the cells that cannot be. */
export function findGaps(
  hits: (cell: Cell) => number,
  taken: (mark: MarkName) => number,
  reasonOf: (cell: Cell) => string | null,
): CoverageGaps {
  const cells = allCells();
  return {
    empty: cells.filter((cell) => hits(cell) === 0 && reasonOf(cell) === null),
    impossible: cells.filter((cell) => hits(cell) > 0 && reasonOf(cell) !== null),
    untaken: MARK_NAMES.filter((mark) => taken(mark) === 0),
  };
}
