/**
 * The migration thread: one outgoing migration from its first connect to its end, recoveries included. It reads like the protocol:
 *
 *     setup -> precopy rounds -> switch: precopy completion, or postcopy -> background -> completed
 *                                                               ^            |
 *                                                               +- recovery <+ pause
 *
 * The failure policy stands here and nowhere else: before the commit a failure ends the migration and the guest goes on here; after it
 * the guest may run on the other side, so the migration pauses and waits for a recovery, as often as it takes.
 *
 * @module
 */

import { isOperatingError } from "../session.ts";
import { connectChannels } from "./connect.ts";
import type { MigrationState } from "./migration_state.ts";
import { postcopyRecover } from "./postcopy_recover.ts";
import { postcopyStart } from "./postcopy_start.ts";
import { precopyComplete } from "./precopy_complete.ts";
import { preemptWatch } from "./preempt_watch.ts";
import { precopy } from "./precopy.ts";
import { encodePostcopyEnd, send } from "./stream.ts";

/** Runs one migration to a terminal status, or until `quit` ends it while it is paused. */
export async function migrationThread(migration: MigrationState): Promise<void> {
  try {
    await connectChannels(migration);
    const next = await precopy(migration);
    if (next === "postcopy") await postcopyStart(migration);
    else await precopyComplete(migration);
  } catch (error) {
    if (!isOperatingError(error)) throw error;
    if (migration.status !== "postcopy-active") return await fail(migration, error.message);
    await postcopyPause(migration, error.message);
  }
  while (migration.status !== "completed" && !migration.quitting) {
    try {
      await postcopySession(migration);
    } catch (error) {
      if (!isOperatingError(error)) throw error;
      await postcopyPause(migration, error.message);
    }
  }
}

/** One session after the switch: recovers if need be, and sends what is left. */
async function postcopySession(migration: MigrationState): Promise<void> {
  if (migration.status === "postcopy-recover-setup") await postcopyRecover(migration);
  await postcopyBackground(migration);
  await complete(migration);
}

/** Sends every page that is left in the background of the requests. */
async function postcopyBackground(migration: MigrationState): Promise<void> {
  const { current, ram } = migration;
  const { "postcopy-preempt": preempt } = migration.context.capabilities;
  if (preempt) current.session.spawn("preempt-watch", () => preemptWatch(current));
  while (ram.remaining > 0) {
    await current.sender.sendBatch(migration.main, "max-postcopy-bandwidth");
  }
  if (preempt) await current.preempt.sendEnd();
  await send(migration, encodePostcopyEnd());
  await current.returnPath.shut();
}

async function complete(migration: MigrationState): Promise<void> {
  migration.step("completed");
  migration.context.machine.setRunState("postmigrate");
  migration.stats.endedUs = migration.context.world.clock.now();
  await endSession(migration, "the migration completed");
}

/** `postcopy_pause()`: ends the session and waits until the operator opens the next one. */
async function postcopyPause(migration: MigrationState, error: string): Promise<void> {
  migration.setError(await endSession(migration, error));
  migration.step("postcopy-paused");
  while (migration.status === "postcopy-paused" && !migration.quitting) {
    await migration.wake.wait();
  }
}

/**
 * A migration that ends before postcopy: `failed`, or `cancelled` where that was asked for, and the guest goes on here. Not so behind the
 * commit of a precopy: then nobody knows whether it runs on the destination, and only the operator may start it again, by `cont`.
 */
async function fail(migration: MigrationState, error: string): Promise<void> {
  const { machine, world } = migration.context;
  const reason = await endSession(migration, error);
  migration.stats.endedUs = world.clock.now();
  if (migration.status !== "cancelling") migration.setError(reason);
  if (migration.wasRunning && !machine.guestGone) machine.start(false);
  else if (machine.runState === "finish-migrate") machine.setRunState("paused");
  migration.step(migration.status === "cancelling" ? "cancelled" : "failed");
}

/**
 * Ends the session and waits for its threads, so that nothing of it is left when the status changes. Returns why it ended: what this
 * thread met may only follow from that.
 */
async function endSession(migration: MigrationState, error: string): Promise<string> {
  const reason = migration.session.end(error);
  await migration.session.joinThreads();
  return reason;
}
