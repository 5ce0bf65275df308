/**
 * What both ways to switch over share: the guest is stopped, the operator may look (`pause-before-switchover`), the last dirty log is taken.
 *
 * @module
 */

import type { MigrationState } from "./migration_state.ts";
import { syncDirtyLog } from "./precopy.ts";

/** Stops the guest and takes the last dirty log, after every vCPU has acknowledged. Leaves the status at `device`. */
export async function stopForSwitchover(migration: MigrationState): Promise<void> {
  const { machine, world, capabilities } = migration.context;
  migration.stats.beginDowntime(world.clock.now());
  migration.wasRunning = machine.isRunning;
  await machine.stop("finish-migrate");
  if (capabilities["pause-before-switchover"]) {
    migration.advance("pre-switchover");
    await migration.session.until(() => migration.continueRequested);
  }
  migration.advance("device");
  syncDirtyLog(migration);
}
