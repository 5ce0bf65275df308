/**
 * A route: the address that one migration, or one recovery, is sent to, and the real one behind it. Its connections are numbered as
 * they come, the first one is main and the second preempt, as QEMU makes them; each meets at the gate what the shim has for its role.
 *
 * The hard thing is order. Up to 10.0 QEMU's destination takes the connection that it accepts first for main, so upstream there is
 * one connect at a time, in the order accepted, unless a rule wants it otherwise.
 *
 * @module
 */

import type { ConnectCondition, ShimRole, ShimSpec } from "../../netem/conditions.ts";
import { connectConditionOf, type ShimmedPlace } from "../../netem/rules.ts";
import { unreachable } from "../../invariant.ts";
import { type Address, AddressError, formatAddress } from "../../world/address.ts";
import { Errno, Family } from "../../world/realtime/libc.ts";
import { encodeSocketAddress, type SocketAddress } from "../../world/realtime/socket_address.ts";
import { type Gate, type GateState, openGate } from "./gate.ts";
import { type PollSet, Ready } from "./poll_set.ts";
import type { SocketCalls } from "./socket_calls.ts";

/** How often a gate is asked whether a connect waits there, and a destination whose queue is full whether it still is. */
const LOOK_US = 1000;

/**
 * As much as one may ask for by default (net.core.wmem_max), and twice what a Unix socket has: then the destination has something to
 * read while this thread is woken.
 */
const SEND_BUFFER_BYTES = 208 << 10;

/** A connection that is handed on later than it came. */
export interface LateAccept {
  readonly role: ShimRole;
  readonly phase: number;
  /** So much later, in microseconds. */
  readonly us: number;
  /** Or right behind the next connection, if that comes first. */
  readonly orBehindNext: boolean;
}

/** What a route leads from and to. */
export interface RouteOptions {
  readonly listen: Address;
  readonly forward: Address;
  /** The connect phase: 0 = start of the migration, k = k-th recovery. */
  readonly phase: number;
  /**
   * Whether the next connection is main again once all of these have ended. Where connects are conditioned it must not be: one that
   * is still held would then come through as another. @default {false}
   */
  readonly repeats?: boolean;
  /** Whether its connections are a probe's, which neither the tap nor the log of connects is told of. @default {false} */
  readonly isProbe?: boolean;
}

/** Something that happened to a connection of the route. */
export type RouteEvent =
  /** A connect was let through; `waitedUs`: how long it had been seen to wait. */
  | { readonly kind: "accepted"; readonly place: ShimmedPlace; readonly waitedUs: number }
  /** Nobody listens at the real address. `cause` is the system's word for it. */
  | { readonly kind: "lost"; readonly place: ShimmedPlace; readonly cause: string }
  /** It was let through and broken, as the shim has it. */
  | { readonly kind: "reset"; readonly place: ShimmedPlace };

/** What a route is told of and tells. */
export interface RouteOwner {
  readonly calls: SocketCalls;
  readonly nowUs: () => number;
  onEvent(event: RouteEvent): void;
  /** Both ends are connected. */
  connected(place: ShimmedPlace, downstream: number, upstream: number): void;
}

/** A connection that was accepted and is not handed on yet. */
interface Waiting {
  readonly place: ShimmedPlace;
  readonly fd: number;
  readonly acceptedUs: number;
  /** Not before this time, unless another one goes first. */
  dueUs: number;
  behindNext: boolean;
}

/** A route that is open. */
export class Route {
  readonly gate: Gate;
  readonly phase: number;
  readonly isProbe: boolean;
  readonly #owner: RouteOwner;
  readonly #target: SocketAddress;
  readonly #repeats: boolean;
  readonly #waiting: Waiting[] = [];
  #late: readonly LateAccept[] = [];
  #spec: ShimSpec;
  #accepted = 0;
  /** Since when a connect is seen at the gate, or, where none can be seen, the gate is full; `null`: not so. */
  #waitSinceUs: number | null = null;
  /** The upstream connect that is under way. */
  #connecting: { readonly fd: number; readonly waiting: Waiting; retryUs: number } | null = null;

  /** @throws {AddressError} when the address cannot be bound, or there can be nothing at the real one. */
  constructor(options: RouteOptions & { readonly spec: ShimSpec }, owner: RouteOwner) {
    const { listen, forward, phase, spec, repeats = false, isProbe = false } = options;
    this.isProbe = isProbe;
    this.#repeats = repeats;
    this.phase = phase;
    this.#owner = owner;
    this.#spec = spec;
    const target = encodeSocketAddress(forward, owner.calls.libc);
    if (target.kind === "unusable") {
      throw new AddressError(
        `Cannot forward to ${
          formatAddress(forward)
        }: expected an address that can be connected to, ` +
          `received "${target.cause}"`,
      );
    }
    this.#target = target;
    this.gate = openGate(listen, owner.calls);
    this.#turn();
  }

  /** Replaces the shim's specification; connects that wait follow the new one. */
  setSpec(spec: ShimSpec): void {
    const before = JSON.stringify(this.#conditionOf(this.#accepted));
    this.#spec = spec;
    if (JSON.stringify(this.#conditionOf(this.#accepted)) === before) return;
    const waitSinceUs = this.#waitSinceUs;
    this.#turn();
    this.#waitSinceUs ??= waitSinceUs;
  }

  /** The connect that is seen to wait at the gate, and since when; `null`: none is. */
  get waiting(): { readonly place: ShimmedPlace; readonly sinceUs: number } | null {
    if (this.#waitSinceUs === null || !this.gate.seesWaiters) return null;
    return { place: this.#placeOf(this.#accepted), sinceUs: this.#waitSinceUs };
  }

  /** None of its connections is left. */
  emptied(): void {
    if (!this.#repeats || this.#waiting.length > 0 || this.#connecting !== null) return;
    this.#accepted = 0;
    this.#turn();
  }

  /** Replaces the rules for connections that are handed on late; those that wait follow the new ones. */
  setLate(late: readonly LateAccept[]): void {
    this.#late = late;
    for (const waiting of this.#waiting) this.#hold(waiting);
  }

  /** Says what it waits for. */
  watch(set: PollSet): void {
    if (this.gate.fd >= 0) set.watch(this.gate.fd, Ready.read, this.#take);
    set.wakeAt(this.#gateWakeUs());
    if (this.#connecting === null) {
      for (const { dueUs } of this.#candidates()) set.wakeAt(dueUs);
    } else if (this.#connecting.retryUs < Infinity) set.wakeAt(this.#connecting.retryUs);
    else set.watch(this.#connecting.fd, Ready.write, this.#goOn);
  }

  /** Does what is due. */
  advance(): void {
    this.#watchGate();
    if (this.#connecting !== null && this.#connecting.retryUs <= this.#owner.nowUs()) this.#goOn();
    this.#connectNext();
  }

  close(): void {
    this.gate.close();
    for (const { fd } of this.#waiting.splice(0)) this.#owner.calls.close(fd);
    if (this.#connecting === null) return;
    this.#owner.calls.close(this.#connecting.fd);
    this.#owner.calls.close(this.#connecting.waiting.fd);
    this.#connecting = null;
  }

  #turn(): void {
    const condition = this.#conditionOf(this.#accepted);
    this.gate.turn(stateOf(condition));
    this.#waitSinceUs = condition?.kind === "delay" && !this.gate.seesWaiters
      ? this.#owner.nowUs()
      : null;
  }

  readonly #take = (): void => {
    const number = this.#accepted;
    const place = this.#placeOf(number);
    const condition = this.#conditionOf(number);
    this.#accepted++;
    const fd = this.gate.take(stateOf(this.#conditionOf(number + 1)));
    const nowUs = this.#owner.nowUs();
    const waitedUs = this.#waitSinceUs === null ? 0 : nowUs - this.#waitSinceUs;
    this.#waitSinceUs = this.#conditionOf(number + 1)?.kind === "delay" && !this.gate.seesWaiters
      ? nowUs
      : null;
    if (fd === null) return;
    if (condition?.kind === "reset") {
      this.#owner.calls.libc.disconnect(fd);
      this.#owner.calls.close(fd);
      this.#owner.onEvent({ kind: "reset", place });
      return;
    }
    this.#owner.onEvent({ kind: "accepted", place, waitedUs });
    const waiting = { place, fd, acceptedUs: nowUs, dueUs: nowUs, behindNext: false };
    this.#hold(waiting);
    this.#waiting.push(waiting);
  };

  #hold(waiting: Waiting): void {
    const { place, acceptedUs } = waiting;
    const late = this.#late.find((rule) => rule.role === place.role && rule.phase === this.phase);
    waiting.dueUs = acceptedUs + (late?.us ?? 0);
    waiting.behindNext = late?.orBehindNext ?? false;
  }

  #watchGate(): void {
    const condition = this.#conditionOf(this.#accepted);
    if (condition === null || stateOf(condition) !== "full" || this.gate.fd >= 0) return;
    if (this.#waitSinceUs === null && this.gate.hasWaiter()) {
      this.#waitSinceUs = this.#owner.nowUs();
    }
    if (condition.kind !== "delay" || this.#waitSinceUs === null) return;
    if (this.#owner.nowUs() >= this.#waitSinceUs + condition.delayUs) this.gate.turn("open");
  }

  #gateWakeUs(): number | null {
    const condition = this.#conditionOf(this.#accepted);
    if (stateOf(condition) !== "full" || this.gate.fd >= 0) return null;
    if (this.#waitSinceUs === null) return this.#owner.nowUs() + LOOK_US;
    return condition?.kind === "delay" ? this.#waitSinceUs + condition.delayUs : null;
  }

  /** Begins the next upstream connect, if it is time and none is under way. */
  #connectNext(): void {
    if (this.#connecting !== null) return;
    const nowUs = this.#owner.nowUs();
    const next = this.#candidates().find(({ dueUs }) => dueUs <= nowUs);
    if (next === undefined) return;
    const index = this.#waiting.indexOf(next);
    this.#waiting.splice(index, 1);
    // What has waited for this one goes next.
    for (const waiting of this.#waiting.slice(0, index)) waiting.dueUs = nowUs;
    const fd = this.#owner.calls.openStream(this.#target.family);
    // TCP's own buffers grow as they need to, unless they are set.
    if (this.#target.family === Family.unix) {
      this.#owner.calls.libc.setSendBuffer(fd, SEND_BUFFER_BYTES);
    }
    this.#connecting = { fd, waiting: next, retryUs: Infinity };
    this.#goOn();
  }

  /** The connections that may be next: the first, and what is behind those that let others go first. */
  #candidates(): readonly Waiting[] {
    const last = this.#waiting.findIndex(({ behindNext }) => !behindNext);
    return last < 0 ? this.#waiting : this.#waiting.slice(0, last + 1);
  }

  /** Takes the upstream connect one step further. */
  readonly #goOn = (): void => {
    const connecting = this.#connecting;
    if (connecting === null) return;
    const { calls, nowUs } = this.#owner;
    const errno = calls.libc.connect(connecting.fd, this.#target.bytes);
    switch (errno) {
      case Errno.EINPROGRESS:
      case Errno.EALREADY:
        return;
      case Errno.EAGAIN:
        connecting.retryUs = nowUs() + LOOK_US;
        return;
      case 0:
      case Errno.EISCONN:
        this.#connecting = null;
        calls.libc.setNoDelay(connecting.fd);
        this.#owner.connected(connecting.waiting.place, connecting.waiting.fd, connecting.fd);
        return;
      default: {
        this.#connecting = null;
        const { place, fd } = connecting.waiting;
        calls.libc.disconnect(fd);
        calls.close(fd);
        calls.close(connecting.fd);
        this.#owner.onEvent({ kind: "lost", place, cause: calls.libc.errorText(errno) });
      }
    }
  };

  #conditionOf(number: number): ConnectCondition | null {
    return number > 1 ? null : connectConditionOf(this.#spec, this.#placeOf(number));
  }

  /** Whoever comes after the first has preempt's place, as in QEMU. */
  #placeOf(number: number): ShimmedPlace {
    return { role: number === 0 ? "main" : "preempt", phase: this.phase };
  }
}

function stateOf(condition: ConnectCondition | null): GateState {
  switch (condition?.kind) {
    case undefined:
    case "reset":
      return "open";
    case "delay":
    case "hang":
      return "full";
    case "refuse":
      return "refusing";
    default:
      return unreachable(condition);
  }
}
