/**
 * The return-path thread: reads what the destination sends back on the main channel. From QEMU 8.0 on, and here, it sends the requested
 * pages itself, so that a request never waits for the migration thread.
 *
 * @module
 */

import { PAGE_SIZE, pageAtOffset } from "../../ram/ram_block.ts";
import type { PageRequest } from "../../wire/return_path.ts";
import { ReturnPathDecoder } from "../../wire/return_path_decoder.ts";
import type { Channel } from "../../world/world.ts";
import { SessionError } from "../session.ts";
import type { MigrationState, SourceSession } from "./migration_state.ts";

/** Bytes of one read: a message has at most 516, a bitmap follows in pieces. */
const READ_BYTES = 16 * 1024;

/** Reads until SHUT, or until the session ends. */
export async function returnPathThread(
  migration: MigrationState,
  current: SourceSession,
  main: Channel,
): Promise<void> {
  const { ram } = migration.context.machine;
  const { mainLoop } = migration.context.world;
  const decoder = new ReturnPathDecoder({
    blockPages: (name) => {
      const block = ram.blockNamed(name);
      return block === null ? undefined : block.length / PAGE_SIZE;
    },
  });
  for (;;) {
    for (let event = decoder.next(); event !== undefined; event = decoder.next()) {
      mainLoop.spend("record-parsed");
      if (event.kind === "req-pages") await serveRequest(migration, current, event);
      else current.returnPath.note(event);
      if (event.kind === "shut") return;
    }
    // Before the read and not behind it: a vCPU waits for the page that the message asks for.
    await mainLoop.turn();
    const count = await main.read(decoder.queue.reserve(READ_BYTES));
    if (count === null) throw new SessionError("The destination closed the return path");
    decoder.queue.commit(count);
  }
}

/** Sends the pages of one request: on the preempt channel, or in front of the background stream where there is none. */
async function serveRequest(
  migration: MigrationState,
  current: SourceSession,
  { block, start, length }: PageRequest,
): Promise<void> {
  const { machine, capabilities, pageRequests, world } = migration.context;
  if (!migration.committed) {
    throw new SessionError("The destination requested a page before the switch to postcopy");
  }
  migration.stats.postcopyRequests++;
  const first = pageAtOffset(machine.ram.blockNamed(block)!, start)!;
  for (let page = first; page < first + length / PAGE_SIZE; page++) {
    const point = { session: current.session.phase, page };
    pageRequests.record("request-read", { ...point, timeUs: world.clock.now() });
    if (!capabilities["postcopy-preempt"]) {
      current.sender.queueRequested(page);
    } else if (migration.ram.takeRequested(page)) {
      migration.stats.sent(await current.preempt.sendPage(page, current.sender.append));
      const timeUs = world.clock.now();
      pageRequests.record("record-written", { ...point, channel: "preempt", timeUs });
      current.sender.release([page]);
    }
  }
}
