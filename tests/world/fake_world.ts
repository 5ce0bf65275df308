/**
 * A World in memory for tests of what stands between an engine and the real one: a clock that moves only by hand, a network
 * whose channels note when they are written to, and chance from a seed.
 *
 * @module
 */

import { setImmediate } from "node:timers/promises";
import type { ConnectCondition } from "../../lib/netem/conditions.ts";
import { type PageBatch, sliceBytes } from "../../lib/wire/page_batch.ts";
import { type Address, formatAddress } from "../../lib/world/address.ts";
import type { HoldableConnect } from "../../lib/world/realtime/conditioned_network.ts";
import {
  type Channel,
  ChannelError,
  type ChannelFailure,
  type ChannelRole,
  type Clock,
  type ConnectResult,
  type Listener,
  type Random,
} from "../../lib/world/world.ts";

/** Lets everything run that waits for nothing but a turn. */
export async function settle(): Promise<void> {
  await setImmediate();
}

/** A clock that stands still between two `advance`s. */
export class FakeClock implements Clock {
  #nowUs = 0;
  readonly #sleepers = new Set<{ readonly dueUs: number; readonly wake: () => void }>();

  now(): number {
    return this.#nowUs;
  }

  /** How many sleeps are under way. */
  get sleepers(): number {
    return this.#sleepers.size;
  }

  sleep(us: number, signal?: AbortSignal): Promise<void> {
    if (us <= 0 || signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper = {
        dueUs: this.#nowUs + us,
        wake: () => {
          signal?.removeEventListener("abort", sleeper.wake);
          this.#sleepers.delete(sleeper);
          resolve();
        },
      };
      signal?.addEventListener("abort", sleeper.wake);
      this.#sleepers.add(sleeper);
    });
  }

  /** Moves on by `us`, from one sleeper's time to the next, and lets each do what it has to. */
  async advance(us: number): Promise<void> {
    const endUs = this.#nowUs + us;
    await settle();
    for (;;) {
      const dueUs = Math.min(...Array.from(this.#sleepers, (sleeper) => sleeper.dueUs));
      if (dueUs > endUs) break;
      this.#nowUs = dueUs;
      for (const sleeper of [...this.#sleepers]) if (sleeper.dueUs === dueUs) sleeper.wake();
      await settle();
    }
    this.#nowUs = endUs;
  }
}

/** A small generator of 32 bits (xorshift). */
export class FakeRandom implements Random {
  #state: number;

  constructor(seed = 1) {
    this.#state = seed === 0 ? 1 : seed;
  }

  fraction(): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) / 2 ** 32;
  }

  integer(bound: number): number {
    return Math.floor(this.fraction() * bound);
  }

  fork(name: string): Random {
    let hash = this.#state;
    for (const letter of name) hash = Math.imul(hash ^ letter.charCodeAt(0), 16777619);
    return new FakeRandom(hash);
  }
}

/** Bytes that a channel was given, and when. */
export interface Arrival {
  readonly atUs: number;
  readonly bytes: number;
}

/** One end of a pair of channels. Writes arrive at once, unless the peer is stalled. */
export class MemoryChannel implements Channel {
  /** What the peer wrote, in order. */
  readonly arrivals: Arrival[] = [];
  peer: MemoryChannel = this;
  #unread: Uint8Array[] = [];
  #failure: ChannelFailure | null = null;
  #finished = false;
  #stall: PromiseWithResolvers<void> | null = null;
  #wakeReader: () => void = () => {};

  constructor(readonly role: ChannelRole, readonly clock: Clock) {}

  /** The bytes that arrived in all. */
  get bytesArrived(): number {
    return this.arrivals.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** How this end was ended, or `null`. */
  get failure(): ChannelFailure | null {
    return this.#failure;
  }

  /** Makes the other end's writes wait until `unstall`. */
  stall(): void {
    this.#stall ??= Promise.withResolvers();
  }

  unstall(): void {
    this.#stall?.resolve();
    this.#stall = null;
  }

  async read(into: Uint8Array): Promise<number | null> {
    for (;;) {
      if (this.#failure !== null) throw new ChannelError(this.#failure, "ended");
      const [first] = this.#unread;
      if (first !== undefined) {
        const count = Math.min(into.length, first.length);
        into.set(first.subarray(0, count));
        this.#unread[0] = first.subarray(count);
        if (count === first.length) this.#unread.shift();
        return count;
      }
      if (this.#finished) return null;
      await new Promise<void>((resolve) => this.#wakeReader = resolve);
    }
  }

  async write(bytes: Uint8Array | PageBatch): Promise<void> {
    if (this.#failure !== null) throw new ChannelError(this.#failure, "ended");
    if (this.peer.#failure !== null) throw new ChannelError("reset", "the peer ended");
    this.peer.#unread.push(sliceBytes(bytes).slice());
    this.peer.arrivals.push({ atUs: this.clock.now(), bytes: bytes.length });
    this.peer.#wakeReader();
    await this.peer.#stall?.promise;
    if (this.#failure !== null) throw new ChannelError(this.#failure, "ended");
  }

  close(): void {
    this.#failure ??= "closed";
    this.peer.#finished = true;
    this.#wakeUp();
  }

  reset(): void {
    this.#failure ??= "closed";
    this.peer.#failure ??= "reset";
    this.#wakeUp();
  }

  #wakeUp(): void {
    for (const end of [this, this.peer]) {
      end.unstall();
      end.#wakeReader();
    }
  }
}

/** A network in memory. Connects succeed at once, whatever their condition, where somebody listens. */
export class MemoryNetwork {
  /** Every connect, in order. */
  readonly connects: { readonly role: ChannelRole; readonly condition: ConnectCondition | null }[] =
    [];
  /** The accepting end of every connect that succeeded, in order. */
  readonly accepted: MemoryChannel[] = [];
  readonly #clock: Clock;
  readonly #listeners = new Map<string, MemoryListener>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  listen(address: Address, role: ChannelRole): Listener {
    const listener = new MemoryListener(address, role);
    this.#listeners.set(formatAddress(address), listener);
    return listener;
  }

  connect(address: Address, role: ChannelRole, condition?: ConnectCondition): HoldableConnect {
    this.connects.push({ role, condition: condition ?? null });
    const listener = this.#listeners.get(formatAddress(address));
    const result = (): ConnectResult => {
      if (listener === undefined) return { kind: "failed", cause: "Connection refused" };
      const [near, far] = channelPair(role, listener.role, this.#clock);
      listener.offer(far);
      this.accepted.push(far);
      return { kind: "connected", channel: near };
    };
    return { wait: () => Promise.resolve(result()), abort: () => {}, block: () => {} };
  }
}

/** Two ends of one channel. */
export function channelPair(
  nearRole: ChannelRole,
  farRole: ChannelRole,
  clock: Clock,
): [MemoryChannel, MemoryChannel] {
  const near = new MemoryChannel(nearRole, clock);
  const far = new MemoryChannel(farRole, clock);
  near.peer = far;
  far.peer = near;
  return [near, far];
}

class MemoryListener implements Listener {
  readonly #waiting: MemoryChannel[] = [];
  #closed = false;
  #wake: () => void = () => {};

  constructor(readonly address: Address, readonly role: ChannelRole) {}

  offer(channel: MemoryChannel): void {
    this.#waiting.push(channel);
    this.#wake();
  }

  async accept(): Promise<MemoryChannel | null> {
    while (this.#waiting.length === 0 && !this.#closed) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return this.#waiting.shift() ?? null;
  }

  close(): void {
    this.#closed = true;
    this.#wake();
  }
}
