/**
 * The cells of coverage that no run can hit, each with its reason. `--require-coverage` fails for an empty cell that is not here, and for
 * one that is here and was hit after all.
 *
 * @module
 */

import type { MigrationStatus, Side } from "../lib/qapi/migration_status.ts";
import type { Cell } from "./coverage.ts";
import { FAULT_NAMES, type FaultName, isFromStart } from "./faults/fault_table.ts";

/** Cells with the same reason: every combination of what it names. */
interface Unreachable {
  readonly sides: readonly Side[];
  readonly faults: readonly FaultName[];
  readonly statuses: readonly MigrationStatus[];
  readonly reason: string;
}

/** Faults that always wait for their moment. A situation fills the preempt channel from the start on. */
const LATER = FAULT_NAMES.filter((fault) => !isFromStart(fault) && fault !== "low-rate");

export const UNREACHABLE: readonly Unreachable[] = [
  {
    sides: ["source", "destination"],
    faults: LATER,
    statuses: ["none"],
    reason: "faults strike once migrate was given, and the destination listens before that",
  },
];

/** Why no run can hit a cell; `null`: nothing is known that forbids it. */
export function reasonOf({ side, fault, status }: Cell): string | null {
  const row = UNREACHABLE.find(({ sides, faults, statuses }) =>
    sides.includes(side) && faults.includes(fault) && statuses.includes(status)
  );
  return row?.reason ?? null;
}
