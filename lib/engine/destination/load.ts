/**
 * Loads the main channel: precopy, the package, and as the listen thread the background pages (QEMU's `qemu_loadvm_state_main`).
 *
 * The loop turns the main loop after every batch: a source faster than we are would keep its socket ready for ever, and QMP out.
 *
 * @module
 */

import type { PageContent } from "../../ram/guest_ram.ts";
import { decodeGlobalState } from "../../wire/device_state.ts";
import { MainChannelDecoder } from "../../wire/main_channel_decoder.ts";
import type { MainChannelEvent } from "../../wire/main_channel_event.ts";
import type { RamBlockSize } from "../../wire/ram_block.ts";
import { type Channel, ChannelError } from "../../world/world.ts";
import { SessionError } from "../session.ts";
import { runCommand } from "./commands.ts";
import { type DestinationSession, hasForeignDevices } from "./destination_session.ts";
import { findPage } from "./find_page.ts";
import type { IncomingState } from "./incoming_state.ts";

/** Bytes of one batch, between two turns of the loop, while nobody waits for a page. */
const PRECOPY_BATCH_BYTES = 512 * 1024;
/** The same after the switch: a requested page waits for the batch that is being placed. */
const POSTCOPY_BATCH_BYTES = 64 * 1024;
/** Bytes of one read: what is read stays in the cache until it has been placed. */
const READ_BYTES = 128 * 1024;
/** Reads of one batch: a stream that arrives byte by byte is work for many more of them than for bytes. */
const BATCH_READS = 256;
/** Events of one batch: a zero page takes next to no bytes, but time to place. */
const BATCH_EVENTS = 1024;

/** Loads until the stream has said that it is done. @throws {SessionError | ChannelError | WireError} when it ends before. */
export async function loadMainChannel(
  incoming: IncomingState,
  current: DestinationSession,
  main: Channel,
): Promise<void> {
  const { machine, world: { mainLoop } } = incoming.context;
  const { decoder } = current;
  let [unturnedBytes, unturnedReads, unturnedEvents] = [0, 0, 0];
  const turn = async () => {
    await mainLoop.turn();
    [unturnedBytes, unturnedReads, unturnedEvents] = [0, 0, 0];
  };
  for (;;) {
    for (let event = decoder.next(); event !== undefined; event = decoder.next()) {
      handle(incoming, current, event);
      if (isLast(incoming, event)) {
        current.ended = true;
        return;
      }
      if (++unturnedEvents === BATCH_EVENTS) await turn();
    }
    const batchBytes = incoming.ladder === "running" ? POSTCOPY_BATCH_BYTES : PRECOPY_BATCH_BYTES;
    if (unturnedBytes >= batchBytes || unturnedReads >= BATCH_READS) await turn();
    // More than all of RAM hardly ever comes at once.
    const room = Math.min(READ_BYTES, batchBytes, 2 * machine.ram.memory.length);
    const count = await main.read(decoder.queue.reserve(room));
    if (count === null) {
      decoder.end();
      throw new SessionError("The source closed the main channel");
    }
    decoder.queue.commit(count);
    unturnedBytes += count;
    unturnedReads++;
  }
}

/**
 * Waits behind the stream's end, where nothing comes any more, for the channel's. Where pages are missing still the source breaks off;
 * where none is it may have heard SHUT already, so whether that went out decides.
 */
export async function watchMainChannel(incoming: IncomingState, main: Channel): Promise<void> {
  try {
    await main.read(new Uint8Array(1));
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
  }
  if (!incoming.hasEveryPage) throw new SessionError("The source closed the main channel");
}

/** A postcopy stream ends with its EOF; a precopy stream says afterwards what its devices looked like. */
function isLast(incoming: IncomingState, event: MainChannelEvent): boolean {
  return event.kind === (incoming.ladder === "running" ? "eof" : "vmdescription");
}

function handle(
  incoming: IncomingState,
  current: DestinationSession,
  event: MainChannelEvent,
): void {
  switch (event.kind) {
    case "page":
      return load(incoming, event.block, event.offset, event.data);
    case "zero":
      return load(incoming, event.block, event.offset, "zero");
    case "packaged":
      return loadPackage(incoming, current, event.data);
    case "mem-size":
      return checkBlocks(incoming, event.blocks);
    case "device":
      if (event.idstr === "globalstate") {
        incoming.startsGuest = decodeGlobalState(event.data) === "running";
      }
      return;
    case "header":
    case "configuration":
    case "section-start":
    case "section-part":
    case "section-end":
    case "foreign-devices":
    case "eos":
    case "footer":
    case "eof":
    case "vmdescription":
      return;
    default:
      return runCommand(incoming, current, event);
  }
}

/** The package is here whole, so it is processed in one go: in the middle of it the guest is on no side. */
function loadPackage(incoming: IncomingState, current: DestinationSession, data: Uint8Array): void {
  const nested = new MainChannelDecoder({
    stream: "package",
    names: current.names,
    foreignDevices: hasForeignDevices(incoming.context),
  });
  nested.queue.push(data);
  for (let event = nested.next(); event !== undefined; event = nested.next()) {
    handle(incoming, current, event);
  }
  nested.end();
}

/** A page of the main channel: before the switch it goes over what is there, after it only where nothing is. */
function load(incoming: IncomingState, name: string, offset: number, content: PageContent): void {
  const { machine, world } = incoming.context;
  const page = findPage(machine.ram, name, offset);
  world.mainLoop.spend("record-parsed");
  if (incoming.ladder === "running") return incoming.placePage(page, content, "main");
  machine.ram.loadPage(page, content);
  world.mainLoop.spend("page-copied");
}

/** @throws {SessionError} when the source's RAM is not laid out as ours is. */
function checkBlocks(incoming: IncomingState, blocks: readonly RamBlockSize[]): void {
  const { ram } = incoming.context.machine;
  for (const { name, usedLength } of blocks) {
    const length = ram.blockNamed(name)?.length;
    if (length !== usedLength) {
      throw new SessionError(
        `The source's RAM block "${name}" has ${usedLength} bytes, expected ${
          length ?? "no such block"
        }`,
      );
    }
  }
}
