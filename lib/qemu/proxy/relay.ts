/**
 * One direction of a connection: takes bytes from one socket and hands them to the other, at once or when the shim's conditions let
 * them go. Whoever follows the bytes sees them after they were forwarded, never before.
 *
 * The hard thing is to wait in the right place. A receiver that does not read must stop its own sender, in the sender's own
 * write(2), and nobody else: so a relay reads only what it could hand on, or what the condition's buffer has room for.
 *
 * @module
 */

import type { TrafficCondition } from "../../netem/conditions.ts";
import { LIMIT_BYTES, type Traffic } from "../../netem/traffic.ts";
import { Errno } from "../../world/realtime/libc.ts";
import { ByteRing } from "../../world/realtime/shim_buffer.ts";
import type { Random } from "../../world/world.ts";
import { Shut, type SocketCalls } from "./socket_calls.ts";

/** The most that one read takes. A page request waits for as much of the bulk; with half of it a tap passed on a third less. */
export const READ_BYTES = 128 << 10;

/** Follows the bytes of one direction. */
export interface Follower {
  /** Where the next bytes are read to. Valid until the next call. */
  room(bytes: number): Uint8Array;
  /** The first `count` bytes of the room have been handed on. */
  passed(count: number): void;
  /** The stream has ended. */
  ended(): void;
}

/** Follows nothing. */
export class Unfollowed implements Follower {
  readonly #bytes = new Uint8Array(READ_BYTES);

  room(bytes: number): Uint8Array {
    return this.#bytes.subarray(0, bytes);
  }

  passed(): void {}

  ended(): void {}
}

/** What a relay needs. */
export interface RelayOptions {
  readonly calls: SocketCalls;
  /** Descriptors of the sockets. */
  readonly from: number;
  readonly to: number;
  /** Of this direction, which all connections share. */
  readonly traffic: Traffic;
  /** Its number in `traffic`. */
  readonly number: number;
  readonly random: Random;
  /** How late bytes may be let go while others follow them, in microseconds. */
  readonly grainUs: number;
  readonly follower: Follower;
}

/** One direction. */
export class Relay {
  readonly #options: RelayOptions;
  readonly #ring = new ByteRing(LIMIT_BYTES);
  #condition: TrafficCondition | null = null;
  #entered = false;
  #limitBytes = LIMIT_BYTES;
  /** Bytes of the follower's room that are read and not handed on yet, and how many of the room they end. */
  #unsent: Uint8Array | null = null;
  #roomBytes = 0;
  /** The first so many bytes of the ring may go on. */
  #releasedBytes = 0;
  /** The sender says no more; the receiver is told so behind what is held. */
  #isAtEnd = false;
  #isEnded = false;

  constructor(options: RelayOptions) {
    this.#options = options;
  }

  get number(): number {
    return this.#options.number;
  }

  /** Whether nothing goes through any more. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  get wantsRead(): boolean {
    if (this.#isAtEnd || this.#isEnded || this.#unsent !== null) return false;
    return this.#isStraight || this.#ring.length < this.#limitBytes;
  }

  get wantsWrite(): boolean {
    return !this.#isEnded && (this.#unsent !== null || this.#releasedBytes > 0);
  }

  /** Replaces the condition. What is held already is let go as the new one says. */
  setCondition(condition: TrafficCondition | null, nowUs: number): void {
    if (this.#isEnded || (condition === null && this.#condition === null)) return;
    const { traffic, number, random, grainUs } = this.#options;
    this.#condition = condition;
    this.#limitBytes = condition?.limitBytes ?? LIMIT_BYTES;
    this.#ring.setLimit(this.#limitBytes);
    if (this.#entered) traffic.change(number, condition, nowUs);
    else traffic.open(number, { condition, random, grainUs });
    this.#entered = true;
  }

  /** The sender has something, or its end. */
  read(nowUs: number): void {
    if (!this.wantsRead) return;
    const room = this.#isStraight ? READ_BYTES : this.#limitBytes - this.#ring.length;
    const bytes = this.#options.follower.room(Math.min(room, READ_BYTES));
    const count = this.#options.calls.receive(this.#options.from, bytes);
    if (count === -Errno.EAGAIN || count === -Errno.EINTR) return;
    if (count <= 0) {
      this.#isAtEnd = true;
      this.#finish();
    } else if (this.#isStraight) {
      this.#unsent = bytes.subarray(0, count);
      this.#roomBytes = count;
      this.write();
    } else {
      this.#ring.push(bytes.subarray(0, count));
      this.#options.traffic.offer(this.number, count, nowUs);
    }
  }

  /** The next `bytes` of what is held may go on. */
  release(bytes: number): void {
    this.#releasedBytes += bytes;
    this.write();
  }

  /** The receiver may have room. */
  write(): void {
    if (this.#unsent !== null && !this.#sendUnsent()) return;
    while (this.#releasedBytes > 0 && this.#sendReleased());
    this.#finish();
  }

  /** Drops what is held and lets nothing through any more. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#unsent = null;
    this.#releasedBytes = 0;
    if (this.#entered) this.#options.traffic.close(this.number);
    this.#options.follower.ended();
  }

  get #isStraight(): boolean {
    return this.#condition === null && this.#ring.length === 0;
  }

  /** @returns whether all of it was taken. */
  #sendUnsent(): boolean {
    for (let left = this.#unsent; left !== null;) {
      const taken = this.#options.calls.send(this.#options.to, left);
      if (taken < 0) return this.#rejected(taken);
      left = this.#unsent = taken === left.length ? null : left.subarray(taken);
    }
    this.#options.follower.passed(this.#roomBytes);
    return true;
  }

  /** @returns whether more may be taken. */
  #sendReleased(): boolean {
    const { calls, to, follower } = this.#options;
    const bytes = this.#ring.peek(Math.min(this.#releasedBytes, READ_BYTES));
    const taken = calls.send(to, bytes);
    if (taken < 0) return this.#rejected(taken);
    follower.room(taken).set(bytes.subarray(0, taken));
    this.#ring.drop(taken);
    this.#releasedBytes -= taken;
    follower.passed(taken);
    return true;
  }

  /** The receiver is full, which passes, or gone: then the sender's next write shall say so. */
  #rejected(result: number): false {
    if (result === -Errno.EAGAIN || result === -Errno.EINTR) return false;
    this.#options.calls.shutdown(this.#options.from, Shut.read);
    this.end();
    return false;
  }

  /** Tells the receiver of the end, once everything before it was handed on. */
  #finish(): void {
    if (!this.#isAtEnd || this.#isEnded) return;
    if (this.#unsent !== null || this.#ring.length > 0) return;
    this.#options.calls.shutdown(this.#options.to, Shut.write);
    this.end();
  }
}
