/**
 * Watches the preempt channel once the guest may run on the destination. Nothing ever comes on it, so a read ends with the channel alone.
 *
 * Without it the source notices a dead channel at its next urgent page, and never where that was the last one: then both sides wait for
 * ever for a page that each believes to be on its way. The hard thing is a channel that ends behind the end of the stream, for so it
 * does too when the destination has every page, and what says so, SHUT on the main channel, may come later.
 *
 * @module
 */

import { SessionError } from "../session.ts";
import type { SourceSession } from "./migration_state.ts";

/** How long SHUT may take once the destination has closed the preempt channel: longer than any link's delay. */
const SHUT_US_MAX = 1_000_000;

/** Runs until the channel or the session ends. @throws {SessionError | ChannelError} when it ended too early. */
export async function preemptWatch({ preempt, returnPath }: SourceSession): Promise<void> {
  const reason = await preempt.closed();
  if (preempt.isEnded && await returnPath.shutWithin(SHUT_US_MAX)) return;
  throw new SessionError(reason);
}
