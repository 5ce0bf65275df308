/**
 * The proxy: carries the shim to connections that are not ours, real QEMU's. It lies between a source and a destination, and does to
 * connects and bytes what the shim's specification says, with the same model of link and delay line as the other two carriers.
 *
 * The hard thing is speed: whatever goes through costs a thread that the two QEMUs could use. So it is a loop over poll(2) on a thread
 * of its own, and while no condition applies, bytes are read once and written once, from where they were read.
 *
 * @module
 */

import type { Direction, ShimSpec } from "../../netem/conditions.ts";
import { linkRateOf, type ShimmedPlace, trafficConditionOf } from "../../netem/rules.ts";
import { SEGMENT_BYTES, Traffic } from "../../netem/traffic.ts";
import type { Address } from "../../world/address.ts";
import { GRAIN_US } from "../../world/realtime/shim.ts";
import { SeededRandom } from "../../world/seeded_random.ts";
import type { Random } from "../../world/world.ts";
import type { ConnectRecord } from "../../netem/connect_record.ts";
import { ConnectLog } from "./connect_log.ts";
import { Connection } from "./connection.ts";
import { PollSet, Ready } from "./poll_set.ts";
import { type Follower, type Relay, Unfollowed } from "./relay.ts";
import { type LateAccept, Route, type RouteEvent, type RouteOptions } from "./route.ts";
import { SocketCalls } from "./socket_calls.ts";

/** Who is told of what goes through: the wire tap, or a test. */
export interface ProxyObserver {
  onRoute(event: RouteEvent, nowUs: number): void;
  /** A connection is through: what follows each of its directions. */
  onConnected(place: ShimmedPlace, nowUs: number): Readonly<Record<Direction, Follower>>;
}

/** What a proxy is opened with. */
export interface ProxyLoopOptions {
  readonly nowUs: () => number;
  /** The chance behind jitter. */
  readonly seed: number | bigint;
  readonly spec: ShimSpec;
  /** A descriptor that becomes readable when the loop shall return. */
  readonly bell: number;
  readonly observer?: ProxyObserver;
}

const DIRECTIONS: readonly Direction[] = ["source-to-destination", "destination-to-source"];

/** An open proxy. It does nothing but in `run`. */
export class ProxyLoop {
  readonly #options: ProxyLoopOptions;
  readonly #calls = new SocketCalls();
  readonly #set: PollSet;
  readonly #random: Random;
  readonly #routes: Route[] = [];
  /** Each with the route that it came by, if any. */
  readonly #connections = new Map<Connection, Route | null>();
  /** The pages asked for before the bulk. */
  #preemptFirst: readonly Connection[] = [];
  /** By their numbers. */
  readonly #relays = new Map<number, Relay>();
  readonly #traffic: Readonly<Record<Direction, Traffic>> = {
    "source-to-destination": new Traffic({ segmentBytes: SEGMENT_BYTES }),
    "destination-to-source": new Traffic({ segmentBytes: SEGMENT_BYTES }),
  };
  readonly #connects = new ConnectLog();
  readonly #bellByte = new Uint8Array(1);
  #spec: ShimSpec;
  #late: readonly LateAccept[] = [];
  #relaysOpened = 0;
  #isRung = false;
  readonly #ring = (): void => {
    this.#isRung = true;
    this.#calls.receive(this.#options.bell, this.#bellByte);
  };

  constructor(options: ProxyLoopOptions) {
    this.#options = options;
    this.#spec = options.spec;
    this.#set = new PollSet(this.#calls, options.nowUs);
    this.#random = new SeededRandom(options.seed).fork("proxy");
  }

  /**
   * Listens for one migration's, or one recovery's, connections.
   *
   * @returns the address as bound.
   * @throws {AddressError} when it cannot be bound.
   */
  open(options: RouteOptions): Address {
    const route: Route = new Route({ ...options, spec: this.#spec }, {
      calls: this.#calls,
      nowUs: this.#options.nowUs,
      onEvent: (event) => {
        if (options.isProbe) return;
        const nowUs = this.#options.nowUs();
        this.#connects.note(event, nowUs);
        this.#options.observer?.onRoute(event, nowUs);
      },
      connected: (place, ...sockets) => {
        const observer = options.isProbe ? undefined : this.#options.observer;
        this.#connected(route, place, sockets, observer);
      },
    });
    route.setLate(this.#late);
    this.#routes.push(route);
    return route.gate.address;
  }

  /** The connects that came so far, by when they ended; those that wait last. Who was refused is not seen. */
  connects(): ConnectRecord[] {
    const waiting = this.#routes.flatMap((route) => route.isProbe ? [] : route.waiting ?? []);
    return [
      ...this.#connects.records,
      ...waiting.map(({ place, sinceUs }) => ({
        ...place,
        beginUs: sinceUs,
        endUs: null,
        failure: null,
      })),
    ];
  }

  /** Replaces the shim's specification, for connects that wait and for what is held, too. */
  setSpec(spec: ShimSpec): void {
    this.#spec = spec;
    for (const route of this.#routes) route.setSpec(spec);
    for (const { place, relays } of this.#connections.keys()) {
      for (const direction of DIRECTIONS) this.#condition(relays[direction], place, direction);
    }
  }

  /** Replaces the rules for connections that are handed on later than they came. */
  setLate(late: readonly LateAccept[]): void {
    this.#late = late;
    for (const route of this.#routes) route.setLate(late);
  }

  /** Breaks the connections that are open, in one role or all of them. */
  resetConnections(role?: ShimmedPlace["role"]): void {
    for (const connection of this.#connections.keys()) {
      if (role === undefined || connection.place.role === role) connection.reset();
    }
  }

  /** Relays between two sockets that are connected, and are the proxy's from then on: one to the source, one to the destination. */
  join(place: ShimmedPlace, downstream: number, upstream: number): void {
    this.#connected(null, place, [downstream, upstream], this.#options.observer);
  }

  /** Serves until the bell rings. */
  run(): void {
    this.#isRung = false;
    while (!this.#isRung) this.turn();
  }

  /** Waits until there is something to do, and does it. */
  turn(): void {
    this.#advance();
    this.#set.clear();
    this.#set.watch(this.#options.bell, Ready.read, this.#ring);
    for (const route of this.#routes) route.watch(this.#set);
    // In the order in which they are served: page requests, the pages asked for, and then the bulk.
    for (const connection of this.#preemptFirst) connection.watchUpstream(this.#set);
    for (const connection of this.#preemptFirst) connection.watchDownstream(this.#set);
    for (const direction of DIRECTIONS) this.#set.wakeAt(this.#traffic[direction].wakeUs());
    this.#set.wait();
  }

  /** Closes every gate and resets every connection. */
  close(): void {
    for (const route of this.#routes) route.close();
    for (const connection of this.#connections.keys()) connection.reset();
    this.#calls[Symbol.dispose]();
  }

  #advance(): void {
    for (const route of this.#routes) route.advance();
    const nowUs = this.#options.nowUs();
    for (const direction of DIRECTIONS) {
      for (const { channel, bytes } of this.#traffic[direction].advance(nowUs)) {
        this.#relays.get(channel)?.release(bytes);
      }
    }
    for (const [connection, route] of this.#connections) {
      if (!connection.closeIfEnded()) continue;
      this.#connections.delete(connection);
      this.#order();
      if (![...this.#connections.values()].includes(route)) route?.emptied();
      for (const { number } of Object.values(connection.relays)) this.#relays.delete(number);
    }
  }

  #connected(
    route: Route | null,
    place: ShimmedPlace,
    [downstream, upstream]: readonly [number, number],
    observer: ProxyObserver | undefined,
  ): void {
    const { nowUs } = this.#options;
    const followers = observer?.onConnected(place, nowUs());
    const connection = new Connection({
      calls: this.#calls,
      place,
      downstream,
      upstream,
      relayOf: (direction) => {
        const number = this.#relaysOpened++;
        return {
          traffic: this.#traffic[direction],
          number,
          random: this.#random.fork(`relay ${number}`),
          grainUs: GRAIN_US[place.role],
          follower: followers?.[direction] ?? new Unfollowed(),
        };
      },
    }, nowUs);
    this.#connections.set(connection, route);
    this.#order();
    for (const direction of DIRECTIONS) {
      const relay = connection.relays[direction];
      this.#relays.set(relay.number, relay);
      this.#condition(relay, place, direction);
    }
  }

  #order(): void {
    const all = [...this.#connections.keys()];
    this.#preemptFirst = (["preempt", "main"] as const)
      .flatMap((role) => all.filter(({ place }) => place.role === role));
  }

  #condition(relay: Relay, place: ShimmedPlace, direction: Direction): void {
    const nowUs = this.#options.nowUs();
    this.#traffic[direction].setLinkRate(linkRateOf(this.#spec, place.phase, direction), nowUs);
    relay.setCondition(trafficConditionOf(this.#spec, place, direction), nowUs);
  }
}
