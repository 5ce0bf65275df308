/**
 * A channel whose writes a shim can hold back. While no condition applies and nothing is held, reads and writes go straight
 * through. Otherwise writes are copied into the channel's buffer, the pump says how many of those bytes may go on, and they
 * are written to the inner channel from where they lie, at its own pace: a peer that does not read stops its channel and no
 * other.
 *
 * The hard thing is closing with bytes held. The peer must still get them, so the inner channel stays open, while the reads
 * and writes of this side must end at once; and then a read's memory is its caller's again. So a conditioned channel reads
 * into memory of its own.
 *
 * @module
 */

import { invariant } from "../../invariant.ts";
import type { TrafficCondition } from "../../netem/conditions.ts";
import type { ShimmedPlace } from "../../netem/rules.ts";
import { LIMIT_BYTES } from "../../netem/traffic.ts";
import { type PageBatch, sliceBytes } from "../../wire/page_batch.ts";
import { type Channel, ChannelError, type ChannelFailure, type ChannelRole } from "../world.ts";
import { ByteRing } from "./shim_buffer.ts";
import type { HoldLog } from "./shim_holds.ts";
import type { PumpedChannel, ShimPump } from "./shim_pump.ts";

/** The most that one read of a conditioned channel returns. */
const READ_BYTES = 64 * 1024;

/** What a channel is decorated with. */
export interface ShimChannelOptions {
  /** Unique among all channels of a network. */
  readonly number: number;
  /** What rules go by. */
  readonly place: ShimmedPlace;
  readonly pump: ShimPump;
  /** How late bytes may be let go while others follow them, in microseconds. */
  readonly grainUs: number;
  /** Follows the writes; absent: nobody asks for them. */
  readonly holds?: HoldLog;
  /** Called once, when the inner channel has been closed or reset. */
  readonly onEnd: (channel: ShimChannel) => void;
}

/** A decorated channel. Its contract is Channel's, but for a peer's end: it is noticed only when held bytes get there. */
export class ShimChannel implements Channel, PumpedChannel {
  readonly #inner: Channel;
  readonly #options: ShimChannelOptions;
  readonly #buffer = new ByteRing(LIMIT_BYTES);
  #condition: TrafficCondition | null = null;
  /** Why writes end: this side closed, or the inner channel rejected what was held. */
  #failure: ChannelFailure | null = null;
  /** Whether the inner channel was closed or reset by this side. */
  #ended = false;
  /** The first so many bytes of the buffer may go on. */
  #releasedBytes = 0;
  #sending = false;
  /** A write that waits for room in the buffer. */
  #room: PromiseWithResolvers<void> | null = null;
  #readBytes: Uint8Array | null = null;
  /** Ends a read that goes through `#readBytes`. */
  #abandonRead: ((error: ChannelError) => void) | null = null;

  constructor(inner: Channel, options: ShimChannelOptions) {
    this.#inner = inner;
    this.#options = options;
  }

  get role(): ChannelRole {
    return this.#inner.role;
  }

  get number(): number {
    return this.#options.number;
  }

  get place(): ShimmedPlace {
    return this.#options.place;
  }

  get grainUs(): number {
    return this.#options.grainUs;
  }

  /** Replaces the condition of this side's writes. What is held already is let go as the new one says. */
  setCondition(condition: TrafficCondition | null): void {
    if (this.#failure === "reset" || this.#ended) return;
    if (condition === null && this.#condition === null) return;
    this.#condition = condition;
    this.#buffer.setLimit(condition?.limitBytes ?? LIMIT_BYTES);
    this.#options.pump.condition(this, condition);
    this.#room?.resolve();
  }

  read(into: Uint8Array): Promise<number | null> {
    if (this.#failure === "closed") return Promise.reject(failed("closed"));
    return this.#straight ? this.#inner.read(into) : this.#readApart(into);
  }

  write(bytes: Uint8Array | PageBatch): Promise<void> {
    if (this.#failure !== null) return Promise.reject(failed(this.#failure));
    if (!this.#straight) return this.#hold(sliceBytes(bytes));
    this.#options.holds?.passed();
    return this.#inner.write(bytes);
  }

  close(): void {
    if (this.#failure === "closed") return;
    this.#fail("closed");
    if (this.#buffer.length === 0) this.#end();
  }

  reset(): void {
    this.#fail("closed");
    this.#end(() => this.#inner.reset());
  }

  release(bytes: number, nowUs: number): void {
    this.#releasedBytes += bytes;
    this.#options.holds?.released(bytes, nowUs);
    if (!this.#sending) void this.#send();
  }

  get #straight(): boolean {
    return this.#condition === null && this.#buffer.length === 0;
  }

  async #hold(bytes: Uint8Array): Promise<void> {
    const { pump, holds } = this.#options;
    holds?.enqueued(bytes.length, pump.now());
    for (let taken = 0; taken < bytes.length;) {
      const count = this.#buffer.push(bytes.subarray(taken));
      if (count > 0) {
        taken += count;
        pump.offer(this, count);
      } else {
        this.#room = Promise.withResolvers();
        await this.#room.promise;
        this.#room = null;
        if (this.#failure !== null) throw failed(this.#failure);
      }
    }
  }

  /** Writes what may go on to the inner channel. */
  async #send(): Promise<void> {
    this.#sending = true;
    try {
      while (this.#releasedBytes > 0) {
        const bytes = this.#buffer.peek(this.#releasedBytes);
        await this.#inner.write(bytes);
        if (this.#ended) return;
        this.#releasedBytes -= bytes.length;
        this.#buffer.drop(bytes.length);
        this.#room?.resolve();
      }
      if (this.#failure === "closed" && this.#buffer.length === 0) this.#end();
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error;
      this.#break();
    } finally {
      this.#sending = false;
    }
  }

  #readApart(into: Uint8Array): Promise<number | null> {
    invariant(this.#abandonRead === null, "a channel has one reader");
    const bytes = this.#readBytes ??= new Uint8Array(READ_BYTES);
    const { promise, resolve, reject } = Promise.withResolvers<number | null>();
    this.#abandonRead = reject;
    this.#inner.read(bytes.subarray(0, into.length)).then((count) => {
      if (this.#abandonRead === null) return;
      this.#abandonRead = null;
      if (count !== null) into.set(bytes.subarray(0, count));
      resolve(count);
    }, (error) => {
      this.#abandonRead = null;
      reject(error);
    });
    return promise;
  }

  /** The inner channel rejected what was held: it is lost, and later writes fail too. */
  #break(): void {
    if (this.#ended) return;
    this.#releasedBytes = 0;
    this.#buffer.drop(this.#buffer.length);
    this.#condition = null;
    this.#options.pump.forget(this);
    if (this.#failure === "closed") this.#end();
    else this.#fail("reset");
  }

  /** Ends this side's waits. */
  #fail(failure: ChannelFailure): void {
    this.#failure = failure;
    this.#room?.resolve();
    if (failure === "reset") return;
    this.#abandonRead?.(failed(failure));
    this.#abandonRead = null;
  }

  /** Lets go of the inner channel. */
  #end(end: () => void = () => this.#inner.close()): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#options.pump.forget(this);
    end();
    this.#options.onEnd(this);
  }
}

function failed(failure: ChannelFailure): ChannelError {
  const why = failure === "closed" ? "this side closed the channel" : "the peer ended the channel";
  return new ChannelError(failure, `Cannot use the channel: ${why}`);
}
