/**
 * One turn of this Worker's event loop, sockets included: a byte that is written to a socket of one's own and read
 * back.
 *
 * The hard thing is what a turn is. Awaiting a read or a write on a socket that is ready does not turn the loop at
 * all, and timers, messages and `setImmediate` run code without looking at sockets. Only a read that is **pending
 * before** its byte is written has to come back through the loop's epoll; asked for afterwards it finds the byte
 * there and returns at once, and other sockets wait a hundred milliseconds.
 *
 * @module
 */

import { invariant } from "../../invariant.ts";
import { abstractPath } from "./socket_address.ts";

interface Pair {
  readonly near: Deno.UnixConn;
  readonly far: Deno.UnixConn;
}

/** Turns the loop of the Worker that it was made in. */
export class LoopTurn {
  readonly #pair = openPair();
  readonly #sent = new Uint8Array(1);
  readonly #received = new Uint8Array(1);
  #turning: Promise<void> | null = null;

  /**
   * Resolves when everything that was ready has been served. Two who ask in the same turn share it: the pair has one
   * reader.
   */
  turn(): Promise<void> {
    return this.#turning ??= this.#turn();
  }

  /** Ends after the turn that is under way. */
  async close(): Promise<void> {
    await this.#turning;
    const { near, far } = await this.#pair;
    near.close();
    far.close();
  }

  async #turn(): Promise<void> {
    const { near, far } = await this.#pair;
    const reading = far.read(this.#received);
    await near.write(this.#sent);
    invariant(await reading === 1, "the socket pair of a loop ended");
    this.#turning = null;
  }
}

/** Two connected Unix sockets. */
async function openPair(): Promise<Pair> {
  const path = abstractPath();
  using listener = Deno.listen({ transport: "unix", path });
  const [near, far] = await Promise.all([
    Deno.connect({ transport: "unix", path }),
    listener.accept(),
  ]);
  return { near, far };
}
