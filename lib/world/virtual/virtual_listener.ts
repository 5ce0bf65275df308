/**
 * A listener of the virtual network, with its queue of connections that were made and not accepted.
 *
 * @module
 */

import { type Address, formatAddress } from "../address.ts";
import type { Channel, ChannelRole, Listener } from "../world.ts";
import type { Loop } from "./loop.ts";
import { type Operation, PENDING, type Task, WAIT } from "./task.ts";
import { Timer } from "./timer_heap.ts";
import type { VirtualChannel } from "./virtual_channel.ts";

/** A connect that waits for room in the queue. */
export interface Caller {
  /** There is room, or nobody listens any more: try again. */
  arrive(): void;
}

/** How late a connection is accepted. */
export interface Lateness {
  readonly us: number;
  /** It is accepted right behind the next connection where one comes before. */
  readonly orBehindNext?: boolean;
}

/** What a listener is made of. */
export interface VirtualListenerOptions {
  readonly address: Address;
  readonly role: ChannelRole;
  /** The loop that it belongs to: it dies with it. */
  readonly loop: Loop;
  /** Connections that may wait to be accepted. */
  readonly backlog: number;
  /** Called once, when it closes. */
  readonly onClosed: (listener: VirtualListener) => void;
}

/** A listener. As on Linux, a connect is answered without the listener's help while its queue has room, and else waits. */
export class VirtualListener implements Listener {
  readonly options: VirtualListenerOptions;
  readonly #accepting: Operation<Channel | null>;
  readonly #connections: VirtualChannel[] = [];
  readonly #callers: Caller[] = [];
  readonly #late = new Set<LateArrival>();
  #acceptors: Task[] = [];
  #isFull = false;
  #closed = false;

  constructor(options: VirtualListenerOptions) {
    this.options = options;
    this.#accepting = {
      kind: WAIT.accept,
      isKernels: true,
      poll: (task) => this.#poll(task),
      subject: () => formatAddress(options.address),
    };
  }

  get address(): Address {
    return this.options.address;
  }

  /** Whether another connection fits into the queue. */
  get hasRoom(): boolean {
    return !this.#isFull && this.#connections.length + this.#late.size < this.options.backlog;
  }

  /** Whether there is no room at all, as if others were in the queue. */
  setFull(full: boolean): void {
    this.#isFull = full;
    if (full) return;
    for (const caller of this.#callers.splice(0)) caller.arrive();
  }

  accept(): Promise<Channel | null> {
    return this.options.loop.scheduler.wait(this.#accepting);
  }

  /** Puts a connection into the queue, at once or late. */
  admit(connection: VirtualChannel, lateness: Lateness | null): void {
    if (lateness === null) {
      this.#connections.push(connection);
      for (const late of this.#late) if (late.orBehindNext) late.end();
    } else {
      const late = new LateArrival(lateness.orBehindNext === true, () => {
        this.options.loop.scheduler.timers.clear(late);
        this.#late.delete(late);
        this.#connections.push(connection);
        this.#wakeAcceptors();
      });
      const { timers, nowNs } = this.options.loop.scheduler;
      this.#late.add(late);
      timers.set(late, nowNs + lateness.us * 1000);
    }
    this.#wakeAcceptors();
  }

  /** Lets connections be accepted that would have been late. */
  hurry(): void {
    for (const late of this.#late) late.end();
  }

  /** Has `caller` try again when there is room. */
  keepWaiting(caller: Caller): void {
    this.#callers.push(caller);
  }

  /** Forgets a caller. */
  forget(caller: Caller): void {
    const index = this.#callers.indexOf(caller);
    if (index >= 0) this.#callers.splice(index, 1);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.options.onClosed(this);
    this.hurry();
    for (const connection of this.#connections.splice(0)) connection.reset();
    for (const caller of this.#callers.splice(0)) caller.arrive();
    this.#wakeAcceptors();
  }

  #poll(task: Task): Channel | null | typeof PENDING {
    if (this.#closed) return null;
    const connection = this.#connections.shift();
    if (connection === undefined) {
      this.#acceptors.push(task);
      return PENDING;
    }
    task.loop.spend("system-call", 1);
    if (this.hasRoom) this.#callers.shift()?.arrive();
    return connection;
  }

  #wakeAcceptors(): void {
    for (const task of this.#acceptors.splice(0)) this.options.loop.scheduler.wake(task);
  }
}

/** A connection that is answered, and not in the queue yet. */
class LateArrival extends Timer {
  constructor(readonly orBehindNext: boolean, readonly end: () => void) {
    super();
  }

  override fire(): void {
    this.end();
  }
}
