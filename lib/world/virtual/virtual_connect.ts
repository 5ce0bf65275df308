/**
 * An outgoing connect of the virtual network, with what a shim does to it.
 *
 *     asked --(connect worker, shim's delay, latency)--> at the listener --(latency)--> answered
 *
 * At the listener it is refused where nobody listens, waits where the queue is full, and is admitted otherwise. A shim's
 * `hang` never gets there, its `refuse` is answered as nobody would, its `reset` breaks the connection when it is answered.
 *
 * @module
 */

import { invariant, unreachable } from "../../invariant.ts";
import type { ConnectCondition } from "../../netem/conditions.ts";
import type { ShimmedPlace } from "../../netem/rules.ts";
import { type Address, formatAddress } from "../address.ts";
import type { ConnectOperation, ConnectResult } from "../world.ts";
import type { Loop } from "./loop.ts";
import { type Operation, PENDING, type Task, WAIT } from "./task.ts";
import { Timer } from "./timer_heap.ts";
import type { VirtualChannel } from "./virtual_channel.ts";
import type { Lateness, VirtualListener } from "./virtual_listener.ts";

/** Both ends of a channel that was made. */
export interface ChannelPair {
  readonly near: VirtualChannel;
  readonly far: VirtualChannel;
}

/** What a connect is made of. */
export interface VirtualConnectOptions {
  readonly address: Address;
  /** The loop that it belongs to: it dies with it. */
  readonly loop: Loop;
  /** What its conditions are looked up by. */
  readonly place: ShimmedPlace | null;
  readonly latencyNs: number;
  /** What the connect worker does besides waiting. */
  readonly workNs: number;
  readonly listener: () => VirtualListener | undefined;
  readonly pair: (listener: VirtualListener) => ChannelPair;
  /** How late the listener accepts it; `null`: not late. */
  readonly lateness: () => Lateness | null;
  /** Called once, when it has ended; `failure` is why it failed, or `null`. */
  readonly onEnded: (connect: VirtualConnect, failure: string | null) => void;
}

/** A connect. Its timer is the next step on its way. */
export class VirtualConnect extends Timer implements ConnectOperation, Operation<ConnectResult> {
  readonly kind = WAIT.connect;
  readonly isKernels = true;
  readonly options: VirtualConnectOptions;
  #condition: ConnectCondition | null = null;
  #step: () => void = () => {};
  #queuedAt: VirtualListener | null = null;
  #pair: ChannelPair | null = null;
  #result: ConnectResult | null = null;
  #isWaitedFor = false;
  #isTaken = false;
  #waiter: Task | null = null;

  constructor(options: VirtualConnectOptions) {
    super();
    this.options = options;
  }

  /** Whether a shim keeps it from getting anywhere. */
  get isHanging(): boolean {
    return this.#result === null && this.#condition?.kind === "hang";
  }

  /** Sets out, or sets out again from a hang. */
  begin(condition: ConnectCondition | null): void {
    const { latencyNs, workNs } = this.options;
    this.#condition = condition;
    const onItsWayNs = workNs + latencyNs;
    switch (condition?.kind) {
      case undefined:
      case "reset":
        return this.#after(onItsWayNs, () => this.arrive());
      case "delay":
        return this.#after(
          onItsWayNs + Math.round(condition.delayUs * 1000),
          () => this.arrive(),
        );
      case "refuse":
        return this.#after(onItsWayNs + latencyNs, () => this.#fail("Connection refused"));
      case "hang":
        return;
      default:
        return unreachable(condition);
    }
  }

  wait(): Promise<ConnectResult> {
    return this.options.loop.scheduler.wait(this.taken());
  }

  /** The operation of the one wait for it. */
  taken(): Operation<ConnectResult> {
    invariant(!this.#isWaitedFor, `${this} is waited for once`);
    this.#isWaitedFor = true;
    return this;
  }

  abort(): void {
    if (this.#isTaken) return;
    if (this.#result === null) {
      this.options.loop.scheduler.timers.clear(this);
      this.#queuedAt?.forget(this);
      this.#pair?.near.close();
      this.#fail("aborted");
    } else if (this.#result.kind === "connected") {
      this.#result.channel.close();
      this.#result = { kind: "failed", cause: "aborted" };
    }
  }

  /** It got to the listener, or there may be room by now. */
  arrive(): void {
    const { latencyNs, address } = this.options;
    const listener = this.options.listener();
    if (listener === undefined) {
      const hasNoFile = address.kind === "unix" && this.#queuedAt === null;
      const cause = hasNoFile ? "No such file or directory" : "Connection refused";
      this.#after(latencyNs, () => this.#fail(cause));
    } else if (listener.hasRoom) {
      this.#pair = this.options.pair(listener);
      listener.admit(this.#pair.far, this.options.lateness());
      this.#after(latencyNs, () => this.#answer());
    } else {
      this.#queuedAt = listener;
      listener.keepWaiting(this);
    }
  }

  override fire(): void {
    this.#step();
  }

  poll(task: Task): ConnectResult | typeof PENDING {
    if (this.#result === null) {
      this.#waiter = task;
      return PENDING;
    }
    this.#isTaken = true;
    return this.#result;
  }

  subject(): string {
    return formatAddress(this.options.address);
  }

  override toString(): string {
    return `the connect to ${formatAddress(this.options.address)}`;
  }

  #answer(): void {
    const pair = this.#pair;
    invariant(pair !== null, `${this} is answered after it was admitted`);
    if (this.#condition?.kind === "reset") {
      pair.near.onReset();
      pair.far.onReset();
    }
    this.#end({ kind: "connected", channel: pair.near });
  }

  #fail(cause: string): void {
    this.#end({ kind: "failed", cause });
  }

  #end(result: ConnectResult): void {
    this.#result = result;
    this.options.onEnded(this, result.kind === "failed" ? result.cause : null);
    if (this.#waiter !== null) this.options.loop.scheduler.wake(this.#waiter);
  }

  #after(ns: number, step: () => void): void {
    const { timers, nowNs } = this.options.loop.scheduler;
    this.#step = step;
    timers.set(this, nowNs + ns);
  }
}
