/**
 * A session: what lives from one main channel's connect to its end. A migration has one, and one more for each recovery.
 *
 * Its one hard job: **every wait of every thread of the session ends when the session ends**, whoever ends it (an I/O error in one
 * thread, `migrate-pause`, `migrate_cancel`, quit). So `end` closes the channels (reads and writes reject), aborts the connects (their waits
 * end) and notifies `changed` (`until` rejects); there is nothing else that a thread of a session may wait for.
 *
 * @module
 */

import type { Address } from "../world/address.ts";
import type {
  Channel,
  ChannelRole,
  Condition,
  ConnectOperation,
  ConnectResult,
  Thread,
  World,
} from "../world/world.ts";
import { ChannelError } from "../world/world.ts";
import { WireError } from "../wire/wire_error.ts";

/** The session ended, or lacks what the caller needs. An operating error: the migration thread turns it into a status. */
export class SessionError extends Error {
  override readonly name = "SessionError";
}

/** Whether an error is the network's or the peer's doing, as opposed to a bug of ours. */
export function isOperatingError(error: unknown): error is Error {
  return error instanceof SessionError || error instanceof ChannelError ||
    error instanceof WireError;
}

/** Channels, connects and threads that end together. */
export class Session {
  readonly phase: number;
  readonly changed: Condition;
  readonly #world: World;
  readonly #channels = new Set<Channel>();
  readonly #connects = new Set<ConnectOperation>();
  readonly #threads: Thread[] = [];
  #failure: string | null = null;

  /** @param phase the connect phase: 0 = start, k = k-th recovery. */
  constructor(world: World, phase: number) {
    this.#world = world;
    this.phase = phase;
    this.changed = world.mainLoop.condition();
  }

  /** Why the session ended, or `null` while it lives. The first reason stays. */
  get failure(): string | null {
    return this.#failure;
  }

  /** Takes a channel into the session; if the session has ended, the channel is closed at once. */
  adopt(channel: Channel): void {
    if (this.#failure === null) this.#channels.add(channel);
    else channel.close();
  }

  /** Closes one channel and lets go of it. */
  release(channel: Channel): void {
    this.#channels.delete(channel);
    channel.close();
  }

  /** Starts a connect that ends with the session. Its result goes through `settle`. */
  connect(address: Address, role: ChannelRole): ConnectOperation {
    const operation = this.#world.network.connect(address, role);
    if (this.#failure === null) this.#connects.add(operation);
    else operation.abort();
    return operation;
  }

  /** Takes a connect's result into the session: a channel ends with it from here on. */
  settle(operation: ConnectOperation, result: ConnectResult): ConnectResult {
    this.#connects.delete(operation);
    if (result.kind === "connected") this.adopt(result.channel);
    return result;
  }

  /** Waits until `predicate` holds. @throws {SessionError} when the session ends first. */
  async until(predicate: () => boolean): Promise<void> {
    while (!predicate()) {
      this.throwIfEnded();
      await this.changed.wait();
    }
  }

  /** Waits until `predicate` holds, for so long at most; whether it does. @throws {SessionError} when the session ends first. */
  async untilWithin(predicate: () => boolean, timeoutUs: number): Promise<boolean> {
    const { clock } = this.#world;
    const deadlineUs = clock.now() + timeoutUs;
    while (!predicate()) {
      this.throwIfEnded();
      const leftUs = deadlineUs - clock.now();
      if (leftUs <= 0) return false;
      await this.changed.wait(leftUs);
    }
    return true;
  }

  /** @throws {SessionError} when the session has ended. */
  throwIfEnded(): void {
    if (this.#failure !== null) throw new SessionError(this.#failure);
  }

  /** Ends the session: every wait of its threads ends. Idempotent. Returns the reason that stays: the first one. */
  end(reason: string): string {
    if (this.#failure !== null) return this.#failure;
    this.#failure = reason;
    for (const operation of this.#connects) operation.abort();
    for (const channel of this.#channels) channel.close();
    this.#connects.clear();
    this.#channels.clear();
    this.changed.notify();
    return reason;
  }

  /** Starts a thread of this session: an operating error in it ends the session. */
  spawn(name: string, thread: () => Promise<void>): void {
    const started = this.#world.mainLoop.spawn(name, async () => {
      try {
        await thread();
      } catch (error) {
        if (!isOperatingError(error)) throw error;
        this.end(error.message);
      }
    });
    this.#threads.push(started);
  }

  /** Waits until every thread of the session has returned. Called by a thread that is none of them, after `end`. */
  async joinThreads(): Promise<void> {
    for (let thread = this.#threads.pop(); thread !== undefined; thread = this.#threads.pop()) {
      await thread.join();
    }
  }
}
