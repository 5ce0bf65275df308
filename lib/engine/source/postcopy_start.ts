/**
 * The switch to postcopy (`postcopy_start()`): after it the guest runs on the destination with most of its pages still here.
 *
 * The first thing that it does is to wait for the preempt channel. Without one the migration fails while the guest has not been
 * stopped yet, so it does not even notice.
 *
 * @module
 */

import type { MigrationState } from "./migration_state.ts";
import { waitForPreemptChannel } from "./connect.ts";
import { encodeCommand } from "../../wire/main_channel_event.ts";
import { encodeDiscards, encodePackage, PING, send } from "./stream.ts";
import { stopForSwitchover } from "./switchover.ts";

/**
 * Switches over. @throws {SessionError | ChannelError} when it could not. Once the status is `postcopy-active` the destination may run the
 * guest; before, it cannot: the last byte of the package is written only then.
 */
export async function postcopyStart(migration: MigrationState): Promise<void> {
  const { context, current, stats } = migration;
  if (waitsForPong(migration)) await current.returnPath.pong(PING.setup);
  await waitForPreemptChannel(migration);
  await stopForSwitchover(migration);
  await send(migration, encodeDiscards(migration));
  await send(migration, encodeCommand({ kind: "ping", value: PING.beforePackage }));
  const bytes = encodePackage(migration);
  await send(migration, bytes.subarray(0, -1));
  migration.session.throwIfEnded();
  migration.commit();
  migration.step("postcopy-active");
  await send(migration, bytes.subarray(-1));
  stats.endDowntime(context.world.clock.now());
  await send(migration, encodeCommand({ kind: "ping", value: PING.afterPackage }));
}

/** An 8.0-10.0 destination tells the channels apart by their order: main must have been read before preempt connects. */
function waitsForPong({ context }: MigrationState): boolean {
  return context.capabilities["postcopy-preempt"] &&
    context.parameters["x-preempt-connect"] === "async-after-main";
}
