/**
 * The shim of the real-time World: a Network in front of the engine's own that makes connects and traffic behave as a
 * specification says. The engine knows nothing of it.
 *
 * Which rule applies follows from the channel's role, the connect phase, which the harness numbers, and the direction:
 * whoever connects main and preempt is the source. A connect condition is handed on to the inner network, which acts it out
 * where a slow network would, in the connect Worker. The bytes that this side writes are held back here; those of the other
 * direction are the peer's shim's job.
 *
 * The hard thing is that a listener cannot know whether it accepts main or preempt: the traffic back to the source goes by
 * the rules for the listener's role, which is main.
 *
 * @module
 */

import type { ConnectRecord } from "../../netem/connect_record.ts";
import type { ShimHold } from "../../netem/shim_hold.ts";
import type { Direction, ShimRole, ShimSpec } from "../../netem/conditions.ts";
import {
  connectConditionOf,
  linkRateOf,
  type ShimmedPlace,
  trafficConditionOf,
} from "../../netem/rules.ts";
import type { Address } from "../address.ts";
import type {
  Channel,
  ChannelRole,
  Clock,
  ConnectResult,
  Listener,
  Network,
  Random,
} from "../world.ts";
import type { ConditionedNetwork, HoldableConnect } from "./conditioned_network.ts";
import { ShimChannel } from "./shim_channel.ts";
import { HoldLog } from "./shim_holds.ts";
import { ShimPump } from "./shim_pump.ts";

/**
 * How late bytes may be let go while others of their channel follow, in microseconds: at a wake-up each, for which the
 * timer Worker spins 150 us. Main is a stream, and its single messages are on time anyway; preempt is pages that somebody
 * waits for.
 */
export const GRAIN_US: Readonly<Record<ShimRole, number>> = { main: 1000, preempt: 100 };

/** What a shim needs. */
export interface ShimmedNetworkOptions {
  /** The network that really connects. */
  readonly inner: ConditionedNetwork;
  readonly clock: Clock;
  /** The chance behind jitter. */
  readonly random: Random;
  /** The connect phase now: 0 = start of the migration, k = k-th recovery. */
  readonly phase: () => number;
  readonly spec: ShimSpec;
  /**
   * Overrides how late bytes may be let go while others follow: 0 lets every segment go in its microsecond, at a wake-up
   * each.
   */
  readonly grainUs?: number;
}

/** A Network under a shim's specification. */
export class ShimmedNetwork implements Network {
  readonly #options: ShimmedNetworkOptions;
  readonly #pumps: Readonly<Record<Direction, ShimPump>>;
  readonly #channels = new Map<ShimChannel, Direction>();
  readonly #holds: ShimHold[] = [];
  readonly #connects: ConnectRecord[] = [];
  #spec: ShimSpec;
  #channelsOpened = 0;

  constructor(options: ShimmedNetworkOptions) {
    const { clock, random, spec } = options;
    this.#options = options;
    this.#spec = spec;
    this.#pumps = {
      "source-to-destination": new ShimPump(clock, random.fork("source-to-destination")),
      "destination-to-source": new ShimPump(clock, random.fork("destination-to-source")),
    };
  }

  listen(address: Address, role: ChannelRole): Listener {
    const listener = this.#options.inner.listen(address, role);
    if (!isShimRole(role)) return listener;
    return {
      address: listener.address,
      accept: async () => {
        const channel = await listener.accept();
        const place = { role, phase: this.#options.phase() };
        return channel && this.#decorate(channel, place, "destination-to-source");
      },
      close: () => listener.close(),
    };
  }

  connect(address: Address, role: ChannelRole): HoldableConnect {
    const { inner, phase } = this.#options;
    if (!isShimRole(role)) return inner.connect(address, role);
    const place = { role, phase: phase() };
    const condition = connectConditionOf(this.#spec, place);
    const operation = condition === null
      ? inner.connect(address, role)
      : inner.connect(address, role, condition);
    const noteEnd = this.#noteConnect(place);
    return {
      wait: async (): Promise<ConnectResult> => {
        const result = await operation.wait();
        noteEnd(result.kind === "failed" ? result.cause : null);
        if (result.kind === "failed") return result;
        const channel = this.#decorate(result.channel, place, "source-to-destination");
        return { kind: "connected", channel };
      },
      abort: () => operation.abort(),
      block: () => operation.block(),
    };
  }

  /**
   * Replaces the specification. Later connects and the traffic of open channels follow the new one: what waits for a link
   * goes at the new rate, what is on its way already keeps its time. An empty specification heals the network.
   */
  setSpec(spec: ShimSpec): void {
    this.#spec = spec;
    this.#setLinkRate(this.#options.phase(), "source-to-destination");
    this.#setLinkRate(this.#options.phase(), "destination-to-source");
    for (const [channel, direction] of this.#channels) {
      channel.setCondition(trafficConditionOf(spec, channel.place, direction));
    }
  }

  /**
   * What the shim held on the preempt channels that this side connected, in the order of release. A write without an entry
   * was not held, or is held still, or was dropped with its channel.
   */
  holds(): readonly ShimHold[] {
    return this.#holds;
  }

  /** Every connect so far of a channel that a shim may condition. */
  connects(): readonly ConnectRecord[] {
    return this.#connects;
  }

  /** Resets every channel that is still open, or closed with bytes held. No timer is left. */
  close(): void {
    for (const channel of [...this.#channels.keys()]) channel.reset();
  }

  /** Notes that a connect has begun; what is returned notes that it has ended. */
  #noteConnect(place: ShimmedPlace): (failure: string | null) => void {
    const { clock } = this.#options;
    const begun = { ...place, beginUs: clock.now(), endUs: null, failure: null };
    const index = this.#connects.push(begun) - 1;
    return (failure) => this.#connects[index] = { ...begun, endUs: clock.now(), failure };
  }

  #decorate(inner: Channel, place: ShimmedPlace, direction: Direction): Channel {
    const logged = place.role === "preempt" && direction === "source-to-destination";
    const channel = new ShimChannel(inner, {
      number: this.#channelsOpened++,
      place,
      pump: this.#pumps[direction],
      grainUs: this.#options.grainUs ?? GRAIN_US[place.role],
      ...logged && { holds: new HoldLog(place.phase, this.#holds) },
      onEnd: (ended) => this.#channels.delete(ended),
    });
    this.#channels.set(channel, direction);
    this.#setLinkRate(place.phase, direction);
    channel.setCondition(trafficConditionOf(this.#spec, place, direction));
    return channel;
  }

  #setLinkRate(phase: number, direction: Direction): void {
    this.#pumps[direction].setLinkRate(linkRateOf(this.#spec, phase, direction));
  }
}

function isShimRole(role: ChannelRole): role is ShimRole {
  return role === "main" || role === "preempt";
}
