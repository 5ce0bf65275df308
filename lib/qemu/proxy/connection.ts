/**
 * A connection through the proxy: the socket that was accepted, the one that was connected for it, and a relay in each direction.
 *
 * @module
 */

import type { Direction } from "../../netem/conditions.ts";
import type { ShimmedPlace } from "../../netem/rules.ts";
import { type PollSet, Ready } from "./poll_set.ts";
import { Relay, type RelayOptions } from "./relay.ts";
import type { SocketCalls } from "./socket_calls.ts";

/** What a connection is made of. */
export interface ConnectionOptions {
  readonly calls: SocketCalls;
  readonly place: ShimmedPlace;
  /** The descriptors: of the source's side and of the destination's. */
  readonly downstream: number;
  readonly upstream: number;
  /** What differs between its two relays. */
  relayOf(direction: Direction): Omit<RelayOptions, "calls" | "from" | "to">;
}

/** A connection that is open. */
export class Connection {
  readonly place: ShimmedPlace;
  readonly relays: Readonly<Record<Direction, Relay>>;
  readonly #options: ConnectionOptions;
  readonly #serveDownstream: (ready: number) => void;
  readonly #serveUpstream: (ready: number) => void;
  #isClosed = false;

  constructor(options: ConnectionOptions, nowUs: () => number) {
    const { calls, downstream, upstream, relayOf } = options;
    this.#options = options;
    this.place = options.place;
    const there = "source-to-destination";
    const back = "destination-to-source";
    this.relays = {
      [there]: new Relay({ calls, from: downstream, to: upstream, ...relayOf(there) }),
      [back]: new Relay({ calls, from: upstream, to: downstream, ...relayOf(back) }),
    };
    this.#serveDownstream = (ready) => serve(ready, this.relays[there], this.relays[back], nowUs);
    this.#serveUpstream = (ready) => serve(ready, this.relays[back], this.relays[there], nowUs);
  }

  /** Says what it waits for of the source, whose bytes come in bulk. */
  watchDownstream(set: PollSet): void {
    const { "source-to-destination": there, "destination-to-source": back } = this.relays;
    set.watch(this.#options.downstream, wantsOf(there, back), this.#serveDownstream);
  }

  /** Says what it waits for of the destination. */
  watchUpstream(set: PollSet): void {
    const { "source-to-destination": there, "destination-to-source": back } = this.relays;
    set.watch(this.#options.upstream, wantsOf(back, there), this.#serveUpstream);
  }

  /** Closes both sockets once nothing goes through any more. @returns whether it did. */
  closeIfEnded(): boolean {
    const isEnded = Object.values(this.relays).every((relay) => relay.isEnded);
    if (isEnded) this.#close();
    return isEnded;
  }

  /** Breaks it: both peers meet a reset where their kind of socket has one, else the end. */
  reset(): void {
    const { calls, downstream, upstream } = this.#options;
    for (const relay of Object.values(this.relays)) relay.end();
    for (const fd of [downstream, upstream]) calls.libc.disconnect(fd);
    this.#close();
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { calls, downstream, upstream } = this.#options;
    calls.close(downstream);
    calls.close(upstream);
  }
}

function wantsOf(reader: Relay, writer: Relay): number {
  return (reader.wantsRead ? Ready.read : 0) | (writer.wantsWrite ? Ready.write : 0);
}

/** A socket is ready. What has failed is asked too: the call that was wanted says how. */
function serve(ready: number, reader: Relay, writer: Relay, nowUs: () => number): void {
  if ((ready & ~Ready.read) !== 0 && writer.wantsWrite) writer.write();
  if ((ready & ~Ready.write) !== 0) reader.read(nowUs());
}
