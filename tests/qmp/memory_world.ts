/**
 * A World made of plain promises, for the tests of lib/qmp: channels in memory, a clock that stands still until a
 * test moves it.
 *
 * Nothing here waits for real time, so once `settle` has let every runnable task run, nothing moves until the test
 * does something.
 *
 * @module
 */

import { type PageBatch, sliceBytes } from "../../lib/wire/page_batch.ts";
import { formatAddress } from "../../lib/world/address.ts";
import {
  type Channel,
  ChannelError,
  type ChannelRole,
  type Clock,
  type Condition,
  type Listener,
  type MainLoop,
  type Network,
  type Thread,
} from "../../lib/world/world.ts";

/** Lets everything that can run, run. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** What a QMP server and its clients touch of a World. */
export class MemoryWorld {
  readonly clock: MemoryClock = new MemoryClock();
  readonly mainLoop: MemoryMainLoop = new MemoryMainLoop(this.clock);
  readonly network: MemoryNetwork = new MemoryNetwork();
}

class MemoryClock implements Clock {
  #nowUs = 1_700_000_000_123_456;
  readonly #sleepers = new Set<{ readonly atUs: number; readonly wake: () => void }>();

  now(): number {
    return this.#nowUs;
  }

  sleep(us: number, signal?: AbortSignal): Promise<void> {
    if (us <= 0 || signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper = { atUs: this.#nowUs + us, wake: resolve };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", () => {
        this.#sleepers.delete(sleeper);
        resolve();
      }, { once: true });
    });
  }

  /** Moves the clock and wakes whoever is due. */
  async advance(us: number): Promise<void> {
    this.#nowUs += us;
    for (const sleeper of this.#sleepers) {
      if (sleeper.atUs > this.#nowUs) continue;
      this.#sleepers.delete(sleeper);
      sleeper.wake();
    }
    await settle();
  }
}

class MemoryCondition implements Condition {
  readonly #clock: Clock;
  #waiters: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async wait(timeoutUs?: number): Promise<void> {
    const notified = new AbortController();
    const waiting = new Promise<void>((resolve) => this.#waiters.push(resolve));
    if (timeoutUs === undefined) return await waiting;
    await Promise.race([waiting, this.#clock.sleep(timeoutUs, notified.signal)]);
    notified.abort();
  }

  notify(): void {
    for (const wake of this.#waiters.splice(0)) wake();
  }
}

class MemoryMainLoop implements MainLoop {
  readonly #clock: Clock;
  readonly #running = new Set<string>();
  #spawned = 0;
  /** How often each kind of work was spent, `turn` included. */
  readonly spent = new Map<string, number>();
  /** What threads threw: a test that leaves anything here has found a bug. */
  readonly crashes: unknown[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Names of the threads that have not ended. */
  get running(): readonly string[] {
    return [...this.#running].map((name) => name.slice(0, name.lastIndexOf("#"))).sort();
  }

  spawn(name: string, thread: () => Promise<void>): Thread {
    const unique = `${name}#${this.#spawned++}`;
    this.#running.add(unique);
    const ended = Promise.resolve().then(thread)
      .catch((error) => void this.crashes.push(error))
      .finally(() => this.#running.delete(unique));
    return { name, join: () => ended.then(() => {}) };
  }

  condition(): Condition {
    return new MemoryCondition(this.#clock);
  }

  spend(work: string, count = 1): void {
    this.spent.set(work, (this.spent.get(work) ?? 0) + count);
  }

  turn(): Promise<void> {
    this.spend("turn");
    return Promise.resolve();
  }

  hold(): never {
    throw new Error("Only an engine holds its main loop");
  }
}

class MemoryNetwork implements Network {
  readonly #listeners = new Map<string, MemoryListener>();

  listen(address: Listener["address"]): Listener {
    const key = formatAddress(address);
    const listener = new MemoryListener(address, () => this.#listeners.delete(key));
    this.#listeners.set(key, listener);
    return listener;
  }

  connect(address: Listener["address"], role: ChannelRole): ReturnType<Network["connect"]> {
    const listener = this.#listeners.get(formatAddress(address));
    return {
      abort: () => {},
      wait: () => {
        if (listener === undefined) {
          return Promise.resolve({ kind: "failed", cause: "Connection refused" } as const);
        }
        const [near, far] = channelPair(role);
        listener.deliver(far);
        return Promise.resolve({ kind: "connected", channel: near } as const);
      },
    };
  }
}

class MemoryListener implements Listener {
  readonly address: Listener["address"];
  readonly #onClose: () => void;
  readonly #backlog: Channel[] = [];
  #acceptor: ((channel: Channel | null) => void) | null = null;
  #closed = false;

  constructor(address: Listener["address"], onClose: () => void) {
    this.address = address;
    this.#onClose = onClose;
  }

  deliver(channel: Channel): void {
    if (this.#acceptor === null) this.#backlog.push(channel);
    else this.#acceptor(channel);
    this.#acceptor = null;
  }

  accept(): Promise<Channel | null> {
    const channel = this.#backlog.shift();
    if (channel !== undefined) return Promise.resolve(channel);
    if (this.#closed) return Promise.resolve(null);
    return new Promise((resolve) => this.#acceptor = resolve);
  }

  close(): void {
    this.#closed = true;
    this.#onClose();
    this.#acceptor?.(null);
    this.#acceptor = null;
  }
}

/** What a pipe holds before its writer waits. */
const PIPE_BYTES = 64 * 1024;

/** One direction of a channel. */
class Pipe {
  readonly #bytes = new Uint8Array(PIPE_BYTES);
  #count = 0;
  #waiters: (() => void)[] = [];
  /** What the reader finds behind the last byte; `null` while more may come. */
  end: "end of stream" | "reset" | null = null;
  /** The reader takes no more. */
  abandoned = false;

  get room(): number {
    return PIPE_BYTES - this.#count;
  }

  put(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#count);
    this.#count += bytes.length;
    this.changed();
  }

  take(into: Uint8Array): number {
    const taken = Math.min(into.length, this.#count);
    into.set(this.#bytes.subarray(0, taken));
    this.#bytes.copyWithin(0, taken, this.#count);
    this.#count -= taken;
    this.changed();
    return taken;
  }

  drop(): void {
    this.#count = 0;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  change(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  changed(): void {
    for (const wake of this.#waiters.splice(0)) wake();
  }
}

class MemoryChannel implements Channel {
  readonly #incoming: Pipe;
  readonly #outgoing: Pipe;
  #closed = false;

  constructor(readonly role: ChannelRole, incoming: Pipe, outgoing: Pipe) {
    this.#incoming = incoming;
    this.#outgoing = outgoing;
  }

  async read(into: Uint8Array): Promise<number | null> {
    for (;;) {
      if (this.#closed) throw new ChannelError("closed", "The channel was closed on this side");
      if (this.#incoming.end === "reset") throw new ChannelError("reset", "Connection reset");
      if (!this.#incoming.isEmpty) return this.#incoming.take(into);
      if (this.#incoming.end !== null) return null;
      await this.#incoming.change();
    }
  }

  async write(bytes: Uint8Array | PageBatch): Promise<void> {
    for (let written = 0; written < bytes.length;) {
      if (this.#closed) throw new ChannelError("closed", "The channel was closed on this side");
      if (this.#outgoing.abandoned) throw new ChannelError("reset", "Broken pipe");
      const piece = sliceBytes(bytes, written, written + this.#outgoing.room);
      if (piece.length === 0) await this.#outgoing.change();
      else this.#outgoing.put(piece);
      written += piece.length;
    }
  }

  close(): void {
    this.#end("end of stream");
  }

  reset(): void {
    this.#outgoing.drop();
    this.#end("reset");
  }

  #end(end: "end of stream" | "reset"): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#outgoing.end = end;
    this.#incoming.abandoned = true;
    this.#outgoing.changed();
    this.#incoming.changed();
  }
}

/** Two ends of a connection. */
export function channelPair(role: ChannelRole = "qmp"): readonly [Channel, Channel] {
  const there = new Pipe();
  const back = new Pipe();
  return [new MemoryChannel(role, back, there), new MemoryChannel(role, there, back)];
}
