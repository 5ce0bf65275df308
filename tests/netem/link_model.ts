/**
 * What link tests share: generated offers, ways to drive a link, and the same link by the book.
 *
 * @module
 */

import fc from "fast-check";
import { type Departure, Link } from "../../lib/netem/link.ts";

/** Bytes offered to a channel, some time after the previous offer. */
export interface Offer {
  readonly gapUs: number;
  readonly channel: number;
  readonly bytes: number;
}

export const CHANNELS = [0, 1, 2];

export const offers = fc.array(
  fc.record({
    gapUs: fc.oneof(fc.constant(0), fc.nat(100), fc.nat(20_000)),
    channel: fc.constantFrom(...CHANNELS),
    bytes: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 20_000 })),
  }),
  { maxLength: 40 },
);
export const bytesPerSecond = fc.oneof(
  fc.integer({ min: 1_000, max: 1_000_000 }),
  fc.constantFrom(64_000_000, 125_000_000, 1_000_000_000),
);
export const segmentBytes = fc.constantFrom(64, 1000, 1500);
export const setup = fc.record({ offers, bytesPerSecond, segmentBytes });

export function sumOf(departures: readonly Departure[], channel?: number): number {
  return departures.reduce(
    (sum, departure) =>
      channel === departure.channel || channel === undefined ? sum + departure.bytes : sum,
    0,
  );
}

/** Offers everything and returns all departures. `look` is called before each offer, and until the link is empty. */
export function drive(
  link: Link,
  offers: readonly Offer[],
  look: (link: Link, untilUs: number) => readonly Departure[],
): Departure[] {
  const departures: Departure[] = [];
  let nowUs = 0;
  for (const { gapUs, channel, bytes } of offers) {
    nowUs += gapUs;
    departures.push(...look(link, nowUs));
    link.offer(channel, bytes, nowUs);
  }
  for (let nextUs = link.nextUs(); nextUs !== null; nextUs = link.nextUs()) {
    departures.push(...look(link, nextUs));
  }
  return departures;
}

/** Looks at every segment in its time. */
export function lookAtEach(link: Link, untilUs: number): Departure[] {
  const departures: Departure[] = [];
  for (let nextUs = link.nextUs(); nextUs !== null && nextUs <= untilUs; nextUs = link.nextUs()) {
    departures.push(...link.advance(nextUs));
  }
  return departures;
}

export function openLink(bytesPerSecond: number | null, segmentBytes = 1500): Link {
  const link = new Link({ bytesPerSecond, segmentBytes });
  for (const channel of CHANNELS) link.open(channel);
  return link;
}

/** The same link by the book: one segment after the other, time as an exact fraction over the rate. */
export function departuresByTheBook(
  { offers, bytesPerSecond, segmentBytes }: {
    offers: readonly Offer[];
    bytesPerSecond: number;
    segmentBytes: number;
  },
): Departure[] {
  const rate = BigInt(bytesPerSecond);
  const departures: Departure[] = [];
  const waiting = CHANNELS.map(() => 0);
  const turns: number[] = [];
  const arrivals: { channel: number; bytes: number; at: bigint }[] = [];
  offers.reduce((nowUs, { gapUs, channel, bytes }) => {
    arrivals.push({ channel, bytes, at: BigInt(nowUs + gapUs) * rate });
    return nowUs + gapUs;
  }, 0);
  const arrive = (now: bigint, inclusive: boolean, sending: number) => {
    for (let [first] = arrivals; first !== undefined; [first] = arrivals) {
      if (inclusive ? first.at > now : first.at >= now) return;
      if (waiting[first.channel] === 0 && first.channel !== sending) turns.push(first.channel);
      waiting[first.channel]! += first.bytes;
      arrivals.shift();
    }
  };
  for (let now = 0n; turns.length > 0 || arrivals.length > 0;) {
    if (turns.length === 0 && arrivals[0]!.at > now) now = arrivals[0]!.at;
    arrive(now, true, -1);
    const channel = turns.shift()!;
    const bytes = Math.min(waiting[channel]!, segmentBytes);
    waiting[channel]! -= bytes;
    now += BigInt(bytes) * 1_000_000n;
    arrive(now, false, channel);
    departures.push({ channel, bytes, atUs: Number((now + rate - 1n) / rate) });
    if (waiting[channel]! > 0) turns.push(channel);
  }
  return departures;
}

/** One departure for each channel and microsecond, as a link may merge them. */
export function merged(departures: readonly Departure[]): Departure[] {
  const out: Departure[] = [];
  for (const departure of departures) {
    const last = out.at(-1);
    if (last?.channel === departure.channel && last.atUs === departure.atUs) {
      out[out.length - 1] = { ...last, bytes: last.bytes + departure.bytes };
    } else out.push(departure);
  }
  return out;
}
