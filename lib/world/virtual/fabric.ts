/**
 * The network that all loops of a simulation share: who listens where, which channels there are, what links and shim do to them.
 *
 * @module
 */

import type { ConnectRecord } from "../../netem/connect_record.ts";
import type { ShimHold } from "../../netem/shim_hold.ts";
import type { ConnectCondition, Direction, ShimSpec } from "../../netem/conditions.ts";
import {
  connectConditionOf,
  linkRateOf,
  type ShimmedPlace,
  trafficConditionOf,
} from "../../netem/rules.ts";
import { LIMIT_BYTES } from "../../netem/traffic.ts";
import { type Address, AddressError, formatAddress } from "../address.ts";
import type { ChannelRole, Random } from "../world.ts";
import { Carrier } from "./carrier.ts";
import { HoldLog } from "./hold_log.ts";
import { completeLinkOptions, type LinkOptions, LOCAL_LATENCY_US } from "./link_options.ts";
import type { Loop } from "./loop.ts";
import { Pipe, type Traffic } from "./pipe.ts";
import type { Scheduler } from "./scheduler.ts";
import { VirtualChannel } from "./virtual_channel.ts";
import { type ChannelPair, VirtualConnect } from "./virtual_connect.ts";
import { type Lateness, VirtualListener } from "./virtual_listener.ts";

/** The first port that port 0 stands for, as in IANA's dynamic range. */
const FIRST_DYNAMIC_PORT = 49_152;

/** A channel that was made: its two ends, its two pipes. */
export interface Connection extends ChannelPair {
  /** 1, 2, 3, ... in the order in which they were admitted. */
  readonly id: number;
  /** The role that was connected for; the far end has its listener's. */
  readonly role: ChannelRole;
  /** The connect phase in which it was connected. */
  readonly phase: number;
  readonly forward: Pipe;
  readonly backward: Pipe;
}

/** What a new connection is made of. */
interface ConnectionOptions {
  readonly loop: Loop;
  readonly listener: VirtualListener;
  readonly role: ChannelRole;
  readonly phase: number;
  /** Address, as text. */
  readonly at: string;
}

/** Who is told of connections. */
export interface FabricWatcher {
  opened(connection: Connection): void;
  closed(id: number): void;
}

/** A connection that is to be accepted late. */
export interface LateConnection extends Lateness {
  readonly role: ChannelRole;
  readonly phase: number;
}

/** The network. */
export class Fabric {
  watcher: FabricWatcher | null = null;
  /** Each counts for one connection. */
  readonly lateAccepts: LateConnection[] = [];
  /** Writes on preempt channels under a traffic condition, each when the shim has let it go. */
  readonly holds: ShimHold[] = [];
  /** Every connect of a channel that a shim may condition, by when it began. */
  readonly connectRecords: ConnectRecord[] = [];
  /** Connects on their way. */
  readonly connects = new Set<VirtualConnect>();
  /** By number: those with an end that its owner has not closed. */
  readonly connections = new Map<number, Connection>();
  /** By address. */
  readonly listeners = new Map<string, VirtualListener>();
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #link: Required<LinkOptions>;
  /** By direction and rate: where these are the same, it is the same link. */
  readonly #carriers = new Map<string, Carrier>();
  #shim: ShimSpec = [];
  #backlogsFull = false;
  #phase = 0;
  #nextPort = FIRST_DYNAMIC_PORT;
  #nextConnectionId = 1;

  constructor(scheduler: Scheduler, random: Random, link: LinkOptions) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.#link = completeLinkOptions(link);
  }

  /** Replaces the shim: for connects that start from now on or hang, and at once for the traffic of every channel. */
  setShim(spec: ShimSpec): void {
    this.#shim = spec;
    for (const { role, phase, forward, backward } of this.connections.values()) {
      const place = placeOf(role, phase);
      forward.setTraffic(this.#traffic(place, "source-to-destination"));
      backward.setTraffic(this.#traffic(place, "destination-to-source"));
    }
    for (const connect of this.connects) {
      if (connect.isHanging) connect.begin(this.#connectCondition(connect.options.place));
    }
  }

  /** Ends of channels that their owner has not closed. */
  openChannels(): readonly VirtualChannel[] {
    return [...this.connections.values()]
      .flatMap(({ near, far }) => [near, far])
      .filter(({ isClosed }) => !isClosed);
  }

  /** Sets the phase of the connects that start from now on. Channels keep the one they were connected in. */
  setConnectPhase(phase: number): void {
    this.#phase = phase;
  }

  /** Whether listeners for main channels have no room for another connection. */
  fillBacklogs(full: boolean): void {
    this.#backlogsFull = full;
    for (const listener of this.listeners.values()) {
      if (listener.options.role === "main") listener.setFull(full);
    }
  }

  /** @throws {AddressError} when somebody listens there. */
  listen(loop: Loop, asked: Address, role: ChannelRole): VirtualListener {
    const address = this.#resolve(asked);
    const key = formatAddress(address);
    if (this.listeners.has(key)) {
      throw new AddressError(
        `Cannot listen at "${key}": expected a free address, received one in use`,
      );
    }
    const { backlog } = this.#link;
    const onClosed = () => this.listeners.delete(key);
    const listener = new VirtualListener({ address, role, loop, backlog, onClosed });
    if (role === "main") listener.setFull(this.#backlogsFull);
    this.listeners.set(key, listener);
    return listener;
  }

  /** Starts a connect. */
  connect(loop: Loop, address: Address, role: ChannelRole): VirtualConnect {
    const at = formatAddress(address);
    const phase = this.#phase;
    const place = placeOf(role, phase);
    const note = place === null ? () => {} : this.#noteConnect(place);
    const connect = new VirtualConnect({
      address,
      loop,
      place,
      latencyNs: this.#latencyNs(place),
      workNs: Math.round((loop.costs?.connect ?? 0) * 1000),
      listener: () => this.listeners.get(at),
      pair: (listener) => this.#admit({ loop, listener, role, phase, at }),
      lateness: () => this.#takeLateness(role, phase),
      onEnded: (_, failure) => {
        this.connects.delete(connect);
        note(failure);
      },
    });
    this.connects.add(connect);
    connect.begin(this.#connectCondition(place));
    return connect;
  }

  /** Ends everything that belongs to `loop`, as the kernel does when a process dies. */
  kill(loop: Loop): void {
    for (const listener of this.listeners.values()) {
      if (listener.options.loop === loop) listener.close();
    }
    for (const connect of this.connects) {
      if (connect.options.loop === loop) connect.abort();
    }
    for (const channel of this.openChannels()) {
      if (channel.options.loop === loop) channel.reset();
    }
  }

  #resolve(address: Address): Address {
    if (address.kind === "unix" || address.port !== 0) return address;
    for (;;) {
      const candidate: Address = { ...address, port: this.#nextPort++ };
      if (!this.listeners.has(formatAddress(candidate))) return candidate;
    }
  }

  #admit({ loop, listener, role, phase, at }: ConnectionOptions): ChannelPair {
    const id = this.#nextConnectionId++;
    const place = placeOf(role, phase);
    const forward = this.#pipe(2 * id, place, "source-to-destination");
    const backward = this.#pipe(2 * id + 1, place, "destination-to-source");
    const onClosed = () => {
      if (!near.isClosed || !far.isClosed) return;
      this.connections.delete(id);
      this.watcher?.closed(id);
    };
    const near = new VirtualChannel({
      role,
      at,
      loop,
      outgoing: forward,
      incoming: backward,
      onClosed,
    });
    const far = new VirtualChannel({
      role: listener.options.role,
      at,
      loop: listener.options.loop,
      outgoing: backward,
      incoming: forward,
      onClosed,
    });
    const connection = { id, role, phase, near, far, forward, backward };
    this.connections.set(id, connection);
    this.watcher?.opened(connection);
    return connection;
  }

  /** Notes that a connect has begun; what is returned notes that it has ended. */
  #noteConnect(place: ShimmedPlace): (failure: string | null) => void {
    const begun = { ...place, beginUs: this.#nowUs, endUs: null, failure: null };
    const index = this.connectRecords.push(begun) - 1;
    return (failure) => this.connectRecords[index] = { ...begun, endUs: this.#nowUs, failure };
  }

  get #nowUs(): number {
    return Math.floor(this.#scheduler.nowNs / 1000);
  }

  #takeLateness(role: ChannelRole, phase: number): Lateness | null {
    const index = this.lateAccepts.findIndex((one) => one.role === role && one.phase === phase);
    return this.lateAccepts.splice(index, index < 0 ? 0 : 1)[0] ?? null;
  }

  #pipe(id: number, place: ShimmedPlace | null, direction: Direction): Pipe {
    const isHeld = place?.role === "preempt" && direction === "source-to-destination";
    return new Pipe({
      id,
      traffic: this.#traffic(place, direction),
      scheduler: this.#scheduler,
      latencyNs: this.#latencyNs(place),
      random: () => this.#random.fork(`pipe ${id}`),
      holds: isHeld ? new HoldLog(place.phase, this.holds) : null,
    });
  }

  #latencyNs(place: ShimmedPlace | null): number {
    return Math.round((place === null ? LOCAL_LATENCY_US : this.#link.latencyUs) * 1000);
  }

  #connectCondition(place: ShimmedPlace | null): ConnectCondition | null {
    return place === null ? null : connectConditionOf(this.#shim, place);
  }

  #traffic(place: ShimmedPlace | null, direction: Direction): Traffic {
    const { bufferBytes, bytesPerSecond } = this.#link;
    const unlimited = { condition: null, limitBytes: bufferBytes, carrier: null, share: {} };
    if (place === null) return unlimited;
    const condition = trafficConditionOf(this.#shim, place, direction);
    const limitBytes = condition === null ? bufferBytes : condition.limitBytes ?? LIMIT_BYTES;
    const rate = condition?.rate;
    const sharedRate = rate?.of === "link"
      ? linkRateOf(this.#shim, place.phase, direction)
      : bytesPerSecond;
    if (sharedRate === null && rate === undefined) return { ...unlimited, condition, limitBytes };
    const ownRate = rate?.of === "channel" ? { bytesPerSecond: rate.bytesPerSecond } : {};
    const share = { ...ownRate, shared: sharedRate !== null };
    return { condition, limitBytes, carrier: this.#carrier(direction, sharedRate), share };
  }

  #carrier(direction: Direction, bytesPerSecond: number | null): Carrier {
    const key = `${direction} ${bytesPerSecond}`;
    let carrier = this.#carriers.get(key);
    if (carrier === undefined) {
      const { segmentBytes } = this.#link;
      carrier = new Carrier(this.#scheduler, { bytesPerSecond, segmentBytes });
      this.#carriers.set(key, carrier);
    }
    return carrier;
  }
}

/** Where a channel of `role` stands; `null` for channels that no shim touches. */
function placeOf(role: ChannelRole, phase: number): ShimmedPlace | null {
  return role === "main" || role === "preempt" ? { role, phase } : null;
}
