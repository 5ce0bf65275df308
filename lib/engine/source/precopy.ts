/**
 * Precopy: rounds over the pages that are dirty, until few enough are left for the switch, or the operator asks for postcopy.
 *
 * @module
 */

import { PAGE_SIZE } from "../../ram/ram_block.ts";
import type { MigrationState } from "./migration_state.ts";

/** Bandwidth is measured anew over at least this long. */
const BANDWIDTH_WINDOW_US = 100_000;

/** Sends rounds until the switch. Resolves with how the migration goes on. */
export async function precopy(migration: MigrationState): Promise<"postcopy" | "precopy"> {
  const { ram, current, stats } = migration;
  const { clock } = migration.context.world;
  const window = { beganUs: clock.now(), bytes: 0, bytesPerUs: 0 };
  syncDirtyLog(migration);
  for (;;) {
    current.session.throwIfEnded();
    if (migration.postcopyRequested) return "postcopy";
    const nowUs = clock.now();
    if (nowUs - window.beganUs >= BANDWIDTH_WINDOW_US) {
      window.bytesPerUs = (stats.transferred - window.bytes) / (nowUs - window.beganUs);
      window.beganUs = nowUs;
      window.bytes = stats.transferred;
    }
    const threshold = window.bytesPerUs * migration.context.parameters["downtime-limit"] * 1000;
    if (ram.remaining * PAGE_SIZE <= threshold || ram.remaining === 0) {
      syncDirtyLog(migration);
      if (ram.remaining * PAGE_SIZE <= threshold || ram.remaining === 0) return "precopy";
    }
    await current.sender.sendBatch(migration.main, "max-bandwidth");
  }
}

/** Takes the dirty log and says so. */
export function syncDirtyLog(migration: MigrationState): void {
  const { context, ram, stats } = migration;
  const nowUs = context.world.clock.now();
  const dirtied = ram.sync();
  stats.synced(nowUs, dirtied);
  context.world.mainLoop.spend("page-scanned", context.machine.ram.pages / 32);
  context.emit("MIGRATION_PASS", { pass: ram.syncCount });
}
