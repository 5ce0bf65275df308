/**
 * The measured side of the main loop probe: a thread on the loop that is measured. It shares that loop with everything else
 * the engine does, so the time at which it gets to read a tick is the time at which the loop was free to read anything.
 *
 * @module
 */

import { type Channel, ChannelError, type Listener, type World } from "../world/world.ts";
import { encodeProbeAnswer, PROBE_ANSWER_BYTES } from "./probe_answer.ts";

/** Ticks that one read takes: a minute at one a millisecond, so that one answer covers any stall. */
const TICKS_PER_READ = 65536;

/** Answers every prober that connects to `listener`, until the listener is closed. A thread of the loop that is measured. */
export async function answerProbes(world: World, listener: Listener): Promise<void> {
  for (;;) {
    const channel = await listener.accept();
    if (channel === null) return;
    world.mainLoop.spawn("probe", () => answerProbe(world, channel));
  }
}

/**
 * Answers the ticks on `channel` until the prober closes it, then closes this side.
 *
 * It does not await `mainLoop.turn()` between batches as other readers do: ticks come one a millisecond at most, so this
 * thread never keeps the loop, and a turn would add the cost of a system call pair to every tick.
 */
async function answerProbe(world: World, channel: Channel): Promise<void> {
  const ticks = new Uint8Array(TICKS_PER_READ);
  const answer = new Uint8Array(PROBE_ANSWER_BYTES);
  try {
    for (;;) {
      const count = await channel.read(ticks);
      if (count === null) break;
      encodeProbeAnswer({ count, stampUs: world.clock.now() }, answer);
      await channel.write(answer);
    }
  } catch (error) {
    // The prober went away. Whoever started it knows; the measured loop goes on.
    if (!(error instanceof ChannelError)) throw error;
  }
  channel.close();
}
