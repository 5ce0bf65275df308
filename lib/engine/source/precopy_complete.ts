/**
 * Completion of a migration that never switched to postcopy (`migration_completion_precopy`).
 *
 * @module
 */

import type { MigrationState } from "./migration_state.ts";
import { encodePrecopyEnd, send } from "./stream.ts";
import { stopForSwitchover } from "./switchover.ts";

/** Sends the rest with the guest stopped; completed when the destination has every page. */
export async function precopyComplete(migration: MigrationState): Promise<void> {
  const { current, context, ram, stats } = migration;
  await stopForSwitchover(migration);
  while (ram.remaining > 0) await current.sender.sendBatch(migration.main, null);
  const bytes = encodePrecopyEnd(migration);
  await send(migration, bytes.subarray(0, -1));
  migration.session.throwIfEnded();
  migration.commit();
  await send(migration, bytes.subarray(-1));
  if (migration.usesReturnPath) await current.returnPath.shut();
  const nowUs = context.world.clock.now();
  stats.endDowntime(nowUs);
  stats.endedUs = nowUs;
  migration.step("completed");
  context.machine.setRunState("postmigrate");
  current.session.end("the migration completed");
  await current.session.joinThreads();
}
