/**
 * The fault thread: reads faults of the vCPUs and requests their pages. It outlives sessions: what it reads while there is none stays
 * open and is sent when a recovery resumes.
 *
 * @module
 */

import { offsetInBlock, PAGE_SIZE } from "../../ram/ram_block.ts";
import type { DestinationSession } from "./destination_session.ts";
import type { IncomingState } from "./incoming_state.ts";

/** Runs until `Vcpus.endFaults()`. */
export async function faultThread(incoming: IncomingState): Promise<void> {
  const { machine } = incoming.context;
  for (;;) {
    const page = await machine.vcpus.nextFault();
    if (page === null) return;
    if (machine.ram.received.test(page)) machine.vcpus.wake(page);
    else if (incoming.openRequests.add(page) && incoming.status === "postcopy-active") {
      requestPage(incoming, incoming.current!, page);
    }
  }
}

/** Sends every request that is still open, after a recovery: the source has forgotten them. */
export function requestOpenPages(incoming: IncomingState, current: DestinationSession): void {
  for (const page of incoming.openRequests) requestPage(incoming, current, page);
}

function requestPage(incoming: IncomingState, current: DestinationSession, page: number): void {
  const { machine, pageRequests, world } = incoming.context;
  const block = machine.ram.blockOf(page);
  const start = offsetInBlock(block, page);
  const request = { block: block.name, start, length: PAGE_SIZE };
  current.returnPath.send(current.requests.encode(request));
  pageRequests.record("request-sent", {
    session: incoming.phase,
    page,
    timeUs: world.clock.now(),
  });
}
