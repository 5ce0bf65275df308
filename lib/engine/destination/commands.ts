/**
 * What the destination does at each command of the main channel (QEMU's `loadvm_process_command`).
 *
 * None of them waits: the package has to be processed in one go, for the guest's state is on no side in the middle of it.
 *
 * @module
 */

import { PAGE_SIZE } from "../../ram/ram_block.ts";
import type { Command } from "../../wire/commands.ts";
import { SessionError } from "../session.ts";
import type { DestinationSession } from "./destination_session.ts";
import { faultThread, requestOpenPages } from "./fault_thread.ts";
import { findPage } from "./find_page.ts";
import type { IncomingState, PostcopyLadder } from "./incoming_state.ts";
import { encodeReturnPath } from "../../wire/return_path.ts";

/** Runs one command. @throws {SessionError} when it is out of order, or asks for what we do not have. */
export function runCommand(
  incoming: IncomingState,
  current: DestinationSession,
  command: Exclude<Command, { readonly kind: "packaged" }>,
): void {
  switch (command.kind) {
    case "ping":
      return current.returnPath.send(encodeReturnPath({ kind: "pong", value: command.value }));
    case "postcopy-advise":
      return advise(incoming, command);
    case "postcopy-ram-discard":
      return discard(incoming, command);
    case "postcopy-listen":
      return listen(incoming);
    case "postcopy-run":
      return run(incoming);
    case "recv-bitmap":
      return sendReceivedBitmap(incoming, current, command.block);
    case "postcopy-resume":
      return resume(incoming, current);
    case "open-return-path":
      return current.returnPath.open();
    case "switchover-start":
      return;
    case "enable-colo":
      throw new SessionError("The source asks for COLO, which is not supported");
  }
}

type CommandOf<Kind extends Command["kind"]> = Extract<Command, { kind: Kind }>;

function advise(incoming: IncomingState, command: CommandOf<"postcopy-advise">): void {
  expectLadder(incoming, command, ["none"]);
  const { pageSizeSummary, targetPageSize } = command;
  if (pageSizeSummary !== PAGE_SIZE || targetPageSize !== PAGE_SIZE) {
    throw new SessionError(
      `The source's page sizes are ${pageSizeSummary} and ${targetPageSize}, expected ${PAGE_SIZE}`,
    );
  }
  incoming.ladder = "advise";
}

function discard(incoming: IncomingState, command: CommandOf<"postcopy-ram-discard">): void {
  expectLadder(incoming, command, ["advise", "discard"]);
  const { machine, world } = incoming.context;
  incoming.ladder = "discard";
  for (const { start, length } of command.ranges) {
    const first = findPage(machine.ram, command.block, start);
    const last = findPage(machine.ram, command.block, start + length - PAGE_SIZE);
    for (let page = first; page <= last; page++) {
      // What never came is zero already: most pages of a switch right after the start.
      if (machine.ram.received.test(page)) machine.ram.discard(page);
    }
    world.mainLoop.spend("page-scanned", last - first + 1);
  }
}

function listen(incoming: IncomingState): void {
  expectLadder(incoming, { kind: "postcopy-listen" }, ["advise", "discard"]);
  const { machine, world } = incoming.context;
  incoming.ladder = "listening";
  machine.vcpus.beginFaults();
  incoming.faultThread = world.mainLoop.spawn("fault", () => faultThread(incoming));
  incoming.step("postcopy-active");
}

function run(incoming: IncomingState): void {
  expectLadder(incoming, { kind: "postcopy-run" }, ["listening"]);
  const { machine } = incoming.context;
  incoming.ladder = "running";
  machine.receiveGuest();
  if (incoming.startsGuest) machine.start(true);
  else machine.setRunState("paused");
}

function sendReceivedBitmap(
  incoming: IncomingState,
  current: DestinationSession,
  name: string,
): void {
  const { ram } = incoming.context.machine;
  const block = ram.blockNamed(name);
  if (incoming.status !== "postcopy-recover" || block === null) {
    throw new SessionError(`The source asks for the received bitmap of "${name}" out of order`);
  }
  const bitmap = ram.received.toWire(block.offset / PAGE_SIZE, block.length / PAGE_SIZE);
  current.returnPath.send(encodeReturnPath({ kind: "recv-bitmap", block: name, bitmap }));
}

/** The recovery is done: tells the source, and asks again for what was asked for and never came. */
function resume(incoming: IncomingState, current: DestinationSession): void {
  if (incoming.status !== "postcopy-recover") {
    throw new SessionError("The source resumes a migration that is not in recovery");
  }
  incoming.step("postcopy-active");
  current.returnPath.send(encodeReturnPath({ kind: "resume-ack" }));
  requestOpenPages(incoming, current);
}

function expectLadder(
  incoming: IncomingState,
  { kind }: { readonly kind: Command["kind"] },
  expected: readonly PostcopyLadder[],
): void {
  if (expected.includes(incoming.ladder)) return;
  throw new SessionError(`The source sent ${kind} out of order, at "${incoming.ladder}"`);
}
