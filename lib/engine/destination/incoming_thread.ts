/**
 * The incoming thread: one incoming migration from its first connection to its end, recoveries included.
 *
 * The failure policy stands here and nowhere else: until the guest runs, a failure ends the migration, for the source still has all of it;
 * after that both sides hold a part, so the migration pauses and waits for a recovery, as often as it takes.
 *
 * @module
 */

import { isOperatingError, SessionError } from "../session.ts";
import { acceptThread } from "./accept_thread.ts";
import type { DestinationSession } from "./destination_session.ts";
import type { IncomingState } from "./incoming_state.ts";
import { encodeReturnPath } from "../../wire/return_path.ts";
import { loadMainChannel, watchMainChannel } from "./load.ts";

/** Runs one incoming migration to a terminal status, or until `quit` ends it. */
export async function incomingThread(incoming: IncomingState): Promise<void> {
  for (;;) {
    while (incoming.current === null && !incoming.quitting) await incoming.wake.wait();
    if (incoming.current === null) break;
    try {
      await runSession(incoming, incoming.current);
      break;
    } catch (error) {
      if (!isOperatingError(error)) throw error;
      const reason = await endSession(incoming, error.message);
      if (incoming.status === "completed") break;
      incoming.setError(reason);
      if (incoming.ladder !== "running") {
        fail(incoming);
        break;
      }
      if (incoming.status !== "postcopy-paused") incoming.step("postcopy-paused");
    }
  }
  incoming.context.machine.vcpus.endFaults();
  await incoming.faultThread?.join();
}

/** One session: accepts its channels, loads its main stream, and tells the source when every page is here. */
async function runSession(incoming: IncomingState, current: DestinationSession): Promise<void> {
  const { session, returnPath } = current;
  session.spawn("accept", () => acceptThread(incoming, current));
  await session.until(() => current.main !== null);
  const main = current.main!;
  incoming.step(incoming.ladder === "running" ? "postcopy-recover" : "active");
  session.spawn("return-path", () => returnPath.run(main));
  await loadMainChannel(incoming, current, main);
  if (incoming.ladder === "running") {
    session.spawn("main-watch", () => watchMainChannel(incoming, main));
  } else if (!incoming.hasEveryPage) {
    // No other channel can bring them, and a guest that ran without them would read what it never wrote.
    throw new SessionError("The source ended its precopy stream before it had sent every page");
  }
  await session.until(() => current.ended && incoming.hasEveryPage);
  // Precopy: the source has committed and will not run the guest again, so it starts here whether or not the source hears of it.
  // Postcopy: the guest runs already, and a source that does not hear of it can ask in a recovery.
  if (incoming.ladder !== "running") complete(incoming);
  returnPath.send(encodeReturnPath({ kind: "shut", status: 0 }));
  await returnPath.flushed();
  if (incoming.status !== "completed") complete(incoming);
  await endSession(incoming, "the migration completed");
}

function complete(incoming: IncomingState): void {
  const { machine } = incoming.context;
  const postcopy = incoming.ladder === "running";
  incoming.ladder = "end";
  incoming.step("completed");
  if (postcopy) return;
  machine.receiveGuest();
  if (incoming.startsGuest) machine.start(false);
  else machine.setRunState("paused");
}

/** The source still has the whole guest: forget what came, so that another migration may come in. */
function fail(incoming: IncomingState): void {
  incoming.context.machine.ram.reset();
  incoming.step("failed");
}

/**
 * Ends the session and waits for its threads: nothing places a page of it any more when the status changes. Returns why it ended: what
 * this thread met may only follow from that.
 */
async function endSession(incoming: IncomingState, error: string): Promise<string> {
  const current = incoming.current!;
  current.listener.close();
  const reason = current.session.end(error);
  await current.session.joinThreads();
  incoming.closeSession();
  return reason;
}
