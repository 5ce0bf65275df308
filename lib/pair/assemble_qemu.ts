/**
 * What was seen of a QEMU: what it tells by QMP, and nothing that it does not.
 *
 * @module
 */

import { placeStalls } from "../measure/stall_phases.ts";
import type { MigrationInfo } from "../qapi/migration_info.ts";
import { orClosed, type SideRecords, statusSpans } from "./assemble.ts";
import type { SideMeasurements } from "./pair.ts";

/**
 * Asks a QEMU for the rest. One that has ended has told by its events what its last status was.
 *
 * @param hasVcpu whether its machine has one: QEMU tells a time also of those that it has not.
 */
export async function assembleQemuSide(
  { qmp, loop, responsiveness }: SideRecords,
  hasVcpu: boolean,
): Promise<SideMeasurements> {
  const statuses = statusSpans(qmp.events);
  const migration = await orClosed(() => qmp.execute("query-migrate")) ?? {};
  return {
    loop,
    stalls: placeStalls(loop?.stalls ?? [], statuses),
    statuses,
    qmp: responsiveness,
    migration,
    vcpuBlockedUs: hasVcpu ? blockedUs(migration) : null,
    violations: [],
  };
}

/** Told with the capability `postcopy-blocktime` only. */
function blockedUs(migration: MigrationInfo): number[] | null {
  return migration["postcopy-vcpu-blocktime"]?.map((ms) => ms * 1000) ?? null;
}
