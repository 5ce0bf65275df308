/**
 * Moves the bytes of one direction that a shim holds back: lets them go on when link and delay line say so. One timer for
 * all channels, asleep until the next bytes are due, and none while nothing is held.
 *
 * @module
 */

import type { TrafficCondition } from "../../netem/conditions.ts";
import { SEGMENT_BYTES, Traffic } from "../../netem/traffic.ts";
import type { Clock, Random } from "../world.ts";

/** Whose bytes are held. */
export interface PumpedChannel {
  /** Unique among all channels of a network. */
  readonly number: number;
  /** How late its bytes may be let go while others follow them, in microseconds. */
  readonly grainUs: number;
  /** The next `bytes` of what was offered may go on. */
  release(bytes: number, nowUs: number): void;
}

/** The pump of one direction. */
export class ShimPump {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #traffic = new Traffic({ segmentBytes: SEGMENT_BYTES });
  readonly #channels = new Map<number, PumpedChannel>();
  #running = false;
  #wakeUs = 0;
  #sleep = new AbortController();

  /** @param random The chance behind jitter; each channel has a fork of its own. */
  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Now, in microseconds of the World's clock. */
  now(): number {
    return this.#clock.now();
  }

  /** Sets the condition of a channel; one that the pump does not know yet enters with nothing held. */
  condition(channel: PumpedChannel, condition: TrafficCondition | null): void {
    if (this.#channels.has(channel.number)) {
      this.#traffic.change(channel.number, condition, this.now());
    } else {
      this.#channels.set(channel.number, channel);
      const random = this.#random.fork(`channel ${channel.number}`);
      this.#traffic.open(channel.number, { condition, random, grainUs: channel.grainUs });
    }
    this.#move();
  }

  /** Sets the rate of the link that channels share; `null` is unlimited. */
  setLinkRate(bytesPerSecond: number | null): void {
    this.#traffic.setLinkRate(bytesPerSecond, this.now());
    this.#move();
  }

  /** The next `bytes` of a channel are held: `release` is called for them, now or later. */
  offer(channel: PumpedChannel, bytes: number): void {
    this.#traffic.offer(channel.number, bytes, this.now());
    this.#move();
  }

  /** Forgets a channel; `release` is not called any more. */
  forget(channel: PumpedChannel): void {
    if (!this.#channels.delete(channel.number)) return;
    this.#traffic.close(channel.number);
    this.#arm();
  }

  /** Lets go what is due. */
  #move(): void {
    const nowUs = this.now();
    const bytesOf = new Map<number, number>();
    for (const { channel, bytes } of this.#traffic.advance(nowUs)) {
      bytesOf.set(channel, (bytesOf.get(channel) ?? 0) + bytes);
    }
    for (const [channel, bytes] of bytesOf) this.#channels.get(channel)?.release(bytes, nowUs);
    this.#arm();
  }

  /** Sees to it that `#run` wakes up in time. */
  #arm(): void {
    const wakeUs = this.#traffic.wakeUs();
    if (!this.#running) {
      if (wakeUs !== null) void this.#run(wakeUs);
    } else if (wakeUs === null || wakeUs < this.#wakeUs) {
      this.#sleep.abort();
    }
  }

  async #run(firstUs: number): Promise<void> {
    this.#running = true;
    for (let wakeUs: number | null = firstUs; wakeUs !== null; wakeUs = this.#traffic.wakeUs()) {
      this.#wakeUs = wakeUs;
      if (this.#sleep.signal.aborted) this.#sleep = new AbortController();
      await this.#clock.sleep(wakeUs - this.now(), this.#sleep.signal);
      this.#move();
    }
    this.#running = false;
  }
}
