/**
 * The preempt thread: reads the preempt channel and places the pages that overtook the background stream.
 *
 * @module
 */

import type { PreemptChannelDecoder } from "../../wire/preempt_channel_decoder.ts";
import type { RamRecord } from "../../wire/ram_record.ts";
import type { Channel } from "../../world/world.ts";
import { SessionError } from "../session.ts";
import type { DestinationSession } from "./destination_session.ts";
import { findPage } from "./find_page.ts";
import type { IncomingState } from "./incoming_state.ts";

/** Bytes of one read: some pages, for they come one by one. */
const READ_BYTES = 16 * 1024;

/** Runs until the channel ends or the session does. Bytes that were read to recognise the channel are in the decoder already. */
export async function preemptThread(
  incoming: IncomingState,
  current: DestinationSession,
  channel: Channel,
  decoder: PreemptChannelDecoder,
): Promise<void> {
  const { mainLoop } = incoming.context.world;
  for (;;) {
    for (let record = decoder.next(); record !== undefined; record = decoder.next()) {
      mainLoop.spend("record-parsed");
      place(incoming, record);
    }
    if (current.ended) current.session.changed.notify();
    await mainLoop.turn();
    const count = await channel.read(decoder.queue.reserve(READ_BYTES));
    if (count === null) {
      decoder.end();
      if (current.ended && incoming.hasEveryPage) return;
      throw new SessionError("The source closed the preempt channel");
    }
    decoder.queue.commit(count);
  }
}

function place(incoming: IncomingState, record: RamRecord): void {
  if (record.kind === "eos") return;
  if (incoming.ladder !== "running") {
    throw new SessionError("The source sent a page on the preempt channel before the switch");
  }
  const page = findPage(incoming.context.machine.ram, record.block, record.offset);
  incoming.placePage(page, record.kind === "page" ? record.data : "zero", "preempt");
}
