import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { InvariantError } from "../../lib/invariant.ts";
import { Link } from "../../lib/netem/link.ts";
import {
  bytesPerSecond,
  CHANNELS,
  drive,
  lookAtEach,
  offers,
  openLink,
  sumOf,
} from "./link_model.ts";

// -- Shares --

Deno.test("Link lets an unlimited channel's bytes leave in the microsecond they come", () => {
  const link = new Link({ bytesPerSecond: null, segmentBytes: 1500 });
  link.open(0);
  link.offer(0, 1_000_000, 5);
  link.offer(0, 1, 5);
  assertEquals([link.nextUs(), link.drainUs()], [5, 5]);
  assertEquals(link.advance(5), [{ channel: 0, bytes: 1_000_001, atUs: 5 }]);
  assertEquals(link.nextUs(), null);
});

Deno.test("Link sends a channel that is not shared beside the others", () => {
  const link = new Link({ bytesPerSecond: 1_000_000, segmentBytes: 1000 });
  link.open(0);
  link.open(1, { bytesPerSecond: 500_000, shared: false });
  link.open(2, { shared: false });
  for (const channel of CHANNELS) link.offer(channel, 2000, 0);
  assertEquals(link.advance(10_000), [
    { channel: 2, bytes: 2000, atUs: 0 },
    { channel: 0, bytes: 1000, atUs: 1000 },
    { channel: 0, bytes: 1000, atUs: 2000 },
    { channel: 1, bytes: 1000, atUs: 2000 },
    { channel: 1, bytes: 1000, atUs: 4000 },
  ]);
});

Deno.test("Link sends a shared channel with a rate of its own through both", () => {
  const link = new Link({ bytesPerSecond: 1_000_000, segmentBytes: 1000 });
  link.open(0, { bytesPerSecond: 500_000 });
  link.open(1);
  link.offer(0, 2000, 0);
  link.offer(1, 4000, 0);
  assertEquals(drive(link, [], lookAtEach).map(({ channel, atUs }) => [channel, atUs]), [
    [1, 1000],
    [1, 2000],
    [1, 3000],
    [0, 4000],
    [1, 5000],
    [0, 6000],
  ]);
});

Deno.test("Link with both rates takes as long as the slower one, and keeps order in each channel", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1000, max: 1e6 }),
      bytesPerSecond,
      offers,
      (own, rate, offers) => {
        const link = new Link({ bytesPerSecond: rate, segmentBytes: 1500 });
        for (const channel of CHANNELS) {
          link.open(
            channel,
            channel === 0 ? { bytesPerSecond: own } : {},
          );
        }
        const departures = drive(link, offers, lookAtEach);
        assertEquals(
          CHANNELS.map((channel) => sumOf(departures, channel)),
          CHANNELS.map((channel) =>
            offers.reduce((sum, offer) => offer.channel === channel ? sum + offer.bytes : sum, 0)
          ),
        );
        assertEquals(
          departures.map(({ atUs }) => atUs),
          departures.map(({ atUs }) => atUs).toSorted((a, b) => a - b),
        );
        const bytes = sumOf(departures, 0);
        const last = departures.findLast(({ channel }) => channel === 0);
        if (last !== undefined) assert(last.atUs >= Math.floor(bytes * 1e6 / own));
      },
    ),
  );
});

// -- Changes --

Deno.test("Link.setRate() lets the rest of the segment being sent go on at the new rate", () => {
  const link = openLink(1_000_000, 1000);
  link.offer(0, 2000, 0);
  link.setRate(100_000, 400);
  assertEquals(link.nextUs(), 400 + 6000);
  assertEquals(link.advance(1e9).map(({ atUs }) => atUs), [6400, 16_400]);
});

Deno.test("Link.setRate() to unlimited lets everything leave at once", () => {
  const link = openLink(1000);
  link.offer(0, 9000, 0);
  link.offer(1, 10, 0);
  link.setRate(null, 100);
  assertEquals(link.nextUs(), 100);
  const departures = link.advance(100);
  assertEquals([sumOf(departures, 0), sumOf(departures, 1)], [9000, 10]);
  assert(departures.every(({ atUs }) => atUs === 100));
});

Deno.test("Link.setRate() keeps bytes sent in proportion to the time at each rate", () => {
  fc.assert(fc.property(
    fc.array(fc.record({ us: fc.integer({ min: 1, max: 3_000 }), rate: bytesPerSecond }), {
      minLength: 1,
      maxLength: 20,
    }),
    (spans) => {
      const link = openLink(1000);
      for (const channel of CHANNELS) link.offer(channel, 1e9, 0);
      let [nowUs, expected, sent] = [0, 0, 0];
      for (const { us, rate } of spans) {
        link.setRate(rate, nowUs);
        nowUs += us;
        expected += rate * us / 1e6;
        sent += sumOf(link.advance(nowUs));
        assert(sent <= expected + 1e-3 && sent > expected - 1500 - 1e-3, `${sent} of ${expected}`);
      }
    },
  ));
});

Deno.test("Link.change() returns what was sent and sends the rest as the new part says", () => {
  const link = openLink(1_000_000, 1000);
  link.offer(0, 5000, 0);
  link.offer(1, 1000, 0);
  const sent = link.change(0, { shared: false }, 1500);
  assertEquals(sent, [{ channel: 0, bytes: 1000, atUs: 1000 }]);
  assertEquals(link.queued(0), 4000);
  const rest = link.advance(1e6);
  assertEquals([sumOf(rest, 0), sumOf(rest, 1)], [4000, 1000]);
  assertEquals(rest[0], { channel: 0, bytes: 4000, atUs: 1500 });
  link.change(0, {}, 1e6);
  link.offer(0, 1000, 1e6);
  assertEquals(link.advance(2e6), [{ channel: 0, bytes: 1000, atUs: 1_001_000 }]);
});

Deno.test("Link.change() of a rate of its own lets the rest of the segment being sent go on at the new one", () => {
  const link = new Link({ bytesPerSecond: null, segmentBytes: 1000 });
  link.open(0, { bytesPerSecond: 1000, shared: false });
  link.offer(0, 2000, 0);
  assertEquals(link.change(0, { bytesPerSecond: 10_000, shared: false }, 500_000), []);
  assertEquals(link.advance(1e9).map(({ atUs }) => atUs), [550_000, 650_000]);
});

Deno.test("Link.change() to the same part changes nothing", () => {
  const link = openLink(1_000_000, 1000);
  link.offer(0, 2000, 0);
  assertEquals(link.change(0, {}, 500), []);
  assertEquals(link.advance(1e9).map(({ atUs }) => atUs), [1000, 2000]);
});

Deno.test("Link.close() drops the channel's bytes and leaves the others theirs", () => {
  const link = openLink(1_000_000, 1000);
  link.offer(0, 3000, 0);
  link.offer(1, 1000, 0);
  link.close(0);
  assertEquals(link.advance(1e6), [{ channel: 1, bytes: 1000, atUs: 1000 }]);
  link.open(0);
  assertEquals([link.queued(0), link.nextUs()], [0, null]);
});

Deno.test("Link.close() lets the segment being sent keep the line until its end", () => {
  const link = openLink(1_000_000, 1000);
  link.offer(0, 3000, 0);
  link.offer(1, 1000, 500);
  link.close(0);
  assertEquals(link.advance(1e6), [{ channel: 1, bytes: 1000, atUs: 2000 }]);
});

Deno.test("Link refuses time that goes back and channels that are not open", () => {
  const link = openLink(1000);
  link.offer(0, 1, 10);
  assertThrows(() => link.advance(9), InvariantError);
  assertThrows(() => link.offer(9, 1, 10), InvariantError);
  assertThrows(() => link.open(0), InvariantError);
});
