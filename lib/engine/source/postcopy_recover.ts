/**
 * A recovery, source side: new channels, every block's received bitmap, RESUME. Any failure on the way leads back to `postcopy-paused`.
 *
 * @module
 */

import { encodeCommand } from "../../wire/main_channel_event.ts";
import { SharedBitmap } from "../../ram/bitmap.ts";
import { PAGE_SIZE } from "../../ram/ram_block.ts";
import { reconnectChannels, waitForPreemptChannel } from "./connect.ts";
import type { MigrationState } from "./migration_state.ts";
import { send } from "./stream.ts";

/** Recovers. @throws {SessionError | ChannelError | WireError} when the recovery failed. */
export async function postcopyRecover(migration: MigrationState): Promise<void> {
  await reconnectChannels(migration);
  await reloadDirtyBitmap(migration);
  await waitForPreemptChannel(migration);
  await send(migration, encodeCommand({ kind: "postcopy-resume" }));
  await migration.current.returnPath.resumeAck();
  migration.advance("postcopy-active");
}

/** The destination's received bitmaps, inverted, are what is left to send: pages in flight at the cut were lost. */
async function reloadDirtyBitmap(migration: MigrationState): Promise<void> {
  const { machine, world } = migration.context;
  const received = SharedBitmap.allocate(machine.ram.pages);
  for (const block of machine.ram.blocks) {
    const bitmap = await migration.current.returnPath.bitmap(block.name);
    received.fromWire(block.offset / PAGE_SIZE, block.length / PAGE_SIZE, bitmap);
  }
  migration.ram.reload(received);
  world.mainLoop.spend("page-scanned", machine.ram.pages / 32);
}
