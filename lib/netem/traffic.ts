/**
 * What link conditions do to the bytes of one direction: first the rate (of the channel, or of the link that channels
 * share), then the delay, as netem does it. Pure: the caller says what time it is, and moves the bytes.
 *
 * The hard thing is when to look again. Looking at every segment costs a wake-up each (every 23 us at 64 MB/s); looking at
 * intervals makes short messages late. So bytes that others follow wait up to the channel's grain, while the last bytes of
 * a queue are looked for in time: a message is on time, and a stream costs one wake-up for each grain.
 *
 * @module
 */

import type { Random } from "../world/world.ts";
import { invariant } from "../invariant.ts";
import type { TrafficCondition } from "./conditions.ts";
import { DelayLine } from "./delay_line.ts";
import { type Departure, Link, type LinkChannelOptions } from "./link.ts";

/** Bytes that may wait for one conditioned channel where its condition does not say. */
export const LIMIT_BYTES = 1 << 20;

/** The bytes of a segment where nothing else is said: Ethernet's. */
export const SEGMENT_BYTES = 1500;

/** What a channel enters traffic with. */
export interface TrafficChannelOptions {
  /** `null`: its bytes come out as they go in. */
  readonly condition: TrafficCondition | null;
  /** The chance behind its jitter. */
  readonly random: Random;
  /** How late bytes may be looked at while others follow them, in microseconds. 0: never. */
  readonly grainUs: number;
}

/** A channel's way after the link. */
interface Lane {
  readonly delayLine: DelayLine;
  readonly grainUs: number;
  /** What the link has sent and the delay line holds, with the time when it comes out, in order. */
  readonly delayed: Departure[];
}

/** The traffic of one direction. */
export class Traffic {
  readonly #link: Link;
  readonly #lanes = new Map<number, Lane>();
  #nowUs = 0;

  constructor(options: { readonly segmentBytes: number }) {
    this.#link = new Link({ bytesPerSecond: null, ...options });
  }

  /** Adds a channel, with nothing under way. `channel` is a number that is not open. */
  open(channel: number, { condition, random, grainUs }: TrafficChannelOptions): void {
    this.#link.open(channel, linkPart(condition));
    const delayLine = new DelayLine(condition?.delay ?? null, random);
    this.#lanes.set(channel, { delayLine, grainUs, delayed: [] });
  }

  /** Removes a channel; what is under way is dropped. */
  close(channel: number): void {
    this.#link.close(channel);
    this.#lanes.delete(channel);
  }

  /** Replaces a channel's condition. What waits for the link is sent anew; what is on its way already keeps its time. */
  change(channel: number, condition: TrafficCondition | null, nowUs: number): void {
    this.#delay(this.#link.change(channel, linkPart(condition), nowUs));
    this.#lane(channel).delayLine.setDelay(condition?.delay ?? null);
  }

  /** Changes the rate of the link that channels share; `null` is unlimited. */
  setLinkRate(bytesPerSecond: number | null, nowUs: number): void {
    this.#link.setRate(bytesPerSecond, nowUs);
  }

  /** `bytes` of a channel enter. */
  offer(channel: number, bytes: number, nowUs: number): void {
    this.#link.offer(channel, bytes, nowUs);
  }

  /** What has come out up to `nowUs` and was not returned yet, with the time when it came out; in order for each channel. */
  advance(nowUs: number): readonly Departure[] {
    this.#nowUs = nowUs;
    this.#delay(this.#link.advance(nowUs));
    const out: Departure[] = [];
    for (const { delayed } of this.#lanes.values()) {
      let due = 0;
      while (due < delayed.length && at(delayed, due).atUs <= nowUs) due++;
      if (due > 0) { for (const departure of delayed.splice(0, due)) out.push(departure); }
    }
    return out;
  }

  /** When to call `advance` next, in integer microseconds and not before the last call; `null` when nothing is under way. */
  wakeUs(): number | null {
    let wakeUs = this.#linkWakeUs();
    for (const { delayed, grainUs } of this.#lanes.values()) {
      if (delayed.length === 0) continue;
      const firstUs = at(delayed, 0).atUs;
      const lastUs = at(delayed, delayed.length - 1).atUs;
      const laneUs = Math.max(firstUs, Math.min(lastUs, this.#nowUs + grainUs));
      if (wakeUs === null || laneUs < wakeUs) wakeUs = laneUs;
    }
    return wakeUs;
  }

  #linkWakeUs(): number | null {
    const nextUs = this.#link.nextUs();
    const drainUs = this.#link.drainUs();
    if (nextUs === null || drainUs === null) return null;
    let grainUs = 0;
    for (const lane of this.#lanes.values()) grainUs = Math.max(grainUs, lane.grainUs);
    return Math.max(nextUs, Math.min(drainUs, this.#nowUs + grainUs));
  }

  #delay(departures: readonly Departure[]): void {
    for (const { channel, bytes, atUs } of departures) {
      const { delayLine, delayed } = this.#lane(channel);
      delayed.push({ channel, bytes, atUs: delayLine.enter(atUs) });
    }
  }

  #lane(channel: number): Lane {
    const lane = this.#lanes.get(channel);
    invariant(lane !== undefined, () => `channel ${channel} is not open`);
    return lane;
  }
}

/** What a condition's rate makes of a channel at the link. A channel that does not share the link's rate goes beside it. */
function linkPart(condition: TrafficCondition | null): LinkChannelOptions {
  const rate = condition?.rate;
  if (rate === undefined) return { shared: false };
  return rate.of === "link"
    ? { shared: true }
    : { shared: false, bytesPerSecond: rate.bytesPerSecond };
}

function at(departures: readonly Departure[], index: number): Departure {
  const departure = departures[index];
  invariant(departure !== undefined, () => `no departure ${index}`);
  return departure;
}
