/**
 * Tells the channels of a migration apart.
 *
 * The protocol leaves unsaid which connection is which. QEMU up to 10.0 went by the order of arrival, so two connections that swapped
 * places hung both sides; from 10.1 on it peeks at the first four bytes in its main loop, which a silent connection brings to a stop; and in
 * every release the next connection after main is taken for the preempt channel, whoever made it. Here every connection is a candidate with
 * a thread of its own, and only its bytes decide: "QEVM" (in a recovery: a command) is the main channel, a RAM record is the preempt
 * channel, anything else closes it with an event. A silent candidate costs nothing and is closed once both channels are known.
 *
 * @module
 */

import type { ByteQueue } from "../../wire/byte_queue.ts";
import { judgeMainChannel, judgePreemptChannel } from "../../wire/channel_candidate.ts";
import { PreemptChannelDecoder } from "../../wire/preempt_channel_decoder.ts";
import type { Channel } from "../../world/world.ts";
import { ChannelError } from "../../world/world.ts";
import type { DestinationSession } from "./destination_session.ts";
import type { IncomingState } from "./incoming_state.ts";
import { preemptThread } from "./preempt_thread.ts";

/** One read of a candidate, in bytes: more than a RAM record's head with the longest block name. */
const CANDIDATE_BYTES = 512;

/** Accepts until the listener is closed; each connection gets a thread. */
export async function acceptThread(
  incoming: IncomingState,
  current: DestinationSession,
): Promise<void> {
  for (;;) {
    const channel = await current.listener.accept();
    if (channel === null) return;
    current.session.adopt(channel);
    if (allKnown(incoming, current)) {
      turnAway(incoming, current, channel, "every channel is known already");
      continue;
    }
    current.candidates.add(channel);
    current.session.spawn("candidate", () => candidateThread(incoming, current, channel));
  }
}

/** Reads one connection until its bytes say what it is, and goes on as that channel's thread. */
async function candidateThread(
  incoming: IncomingState,
  current: DestinationSession,
  channel: Channel,
): Promise<void> {
  const decoder = new PreemptChannelDecoder(current.names);
  const role = await identify(incoming, current, channel, decoder.queue);
  // Another candidate may have been the last channel that was missing: then this one was turned away in the middle of its read.
  if (!current.candidates.delete(channel)) return;
  switch (role) {
    case "main":
      current.decoder.queue.push(heldBytes(decoder.queue));
      current.main = channel;
      break;
    case "preempt":
      current.preempt = channel;
      break;
    case "stray":
      return turnAway(incoming, current, channel, "its bytes are no channel's");
    case "gone":
      return turnAway(incoming, current, channel, "it ended without a word");
  }
  if (allKnown(incoming, current)) {
    for (const candidate of current.candidates) {
      turnAway(incoming, current, candidate, "every channel is known already");
    }
    current.candidates.clear();
  }
  current.session.changed.notify();
  if (role === "preempt") await preemptThread(incoming, current, channel, decoder);
}

/** What a connection turned out to be. */
type Identity = "main" | "preempt" | "stray" | "gone";

/** Reads until the bytes tell. What they are is the peer's business: nothing that a candidate does ends the session. */
async function identify(
  incoming: IncomingState,
  current: DestinationSession,
  channel: Channel,
  queue: ByteQueue,
): Promise<Identity> {
  for (;;) {
    const identity = judge(incoming, current, heldBytes(queue));
    if (identity !== "more") return identity;
    try {
      const count = await channel.read(queue.reserve(CANDIDATE_BYTES));
      if (count === null) return "gone";
      queue.commit(count);
    } catch (error) {
      if (error instanceof ChannelError) return "gone";
      throw error;
    }
  }
}

function judge(
  incoming: IncomingState,
  current: DestinationSession,
  bytes: Uint8Array,
): Identity | "more" {
  const isMain = current.main === null
    ? judgeMainChannel(bytes, incoming.phase > 0 ? "recovery" : "migration")
    : "no";
  if (isMain === "yes") return "main";
  const isPreempt = current.preempt === null && incoming.context.capabilities["postcopy-preempt"]
    ? judgePreemptChannel(bytes, current.names)
    : "no";
  if (isPreempt === "yes") return "preempt";
  return isMain === "no" && isPreempt === "no" ? "stray" : "more";
}

function allKnown(incoming: IncomingState, current: DestinationSession): boolean {
  return current.main !== null &&
    (current.preempt !== null || !incoming.context.capabilities["postcopy-preempt"]);
}

function turnAway(
  incoming: IncomingState,
  current: DestinationSession,
  channel: Channel,
  reason: string,
): void {
  current.session.release(channel);
  incoming.context.emit("X_CHANNEL_CLOSED", { role: "unknown", reason });
}

function heldBytes(queue: ByteQueue): Uint8Array {
  return queue.peek(0, queue.length);
}
