import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Departure, Link } from "../../lib/netem/link.ts";
import {
  bytesPerSecond,
  CHANNELS,
  departuresByTheBook,
  drive,
  lookAtEach,
  merged,
  openLink,
  segmentBytes,
  setup,
} from "./link_model.ts";

Deno.test("Link.advance() sends what a link by the book sends, each segment in its microsecond", () => {
  fc.assert(
    fc.property(setup, (setup) => {
      const link = openLink(setup.bytesPerSecond, setup.segmentBytes);
      const departures = drive(link, setup.offers, (link, untilUs) => link.advance(untilUs));
      assertEquals(merged(departures), merged(departuresByTheBook(setup)));
    }),
    { numRuns: 300 },
  );
});

Deno.test("Link.advance() gives the same departures however often it is called", () => {
  fc.assert(fc.property(setup, ({ offers, bytesPerSecond, segmentBytes }) => {
    const often = drive(openLink(bytesPerSecond, segmentBytes), offers, lookAtEach);
    const link = openLink(bytesPerSecond, segmentBytes);
    let nowUs = 0;
    for (const { gapUs, channel, bytes } of offers) link.offer(channel, bytes, nowUs += gapUs);
    assertEquals(merged(link.advance(1e12)), merged(often));
  }));
});

Deno.test("Link sends N bytes at a rate of r in N / r to within 1 us, however they are cut", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1, maxLength: 300 }),
      bytesPerSecond,
      segmentBytes,
      (cuts, bytesPerSecond, segmentBytes) => {
        const link = openLink(bytesPerSecond, segmentBytes);
        cuts.forEach((bytes, index) => link.offer(CHANNELS[index % 3]!, bytes, 0));
        const total = cuts.reduce((sum, bytes) => sum + bytes, 0);
        const last = link.advance(1e12).at(-1)!;
        assertEquals(last.atUs, Math.ceil(total * 1e6 / bytesPerSecond));
      },
    ),
    { numRuns: 20 },
  );
});

Deno.test("Link gives channels with a backlog equal bytes to within one segment, at any time", () => {
  fc.assert(
    fc.property(
      bytesPerSecond,
      segmentBytes,
      fc.array(fc.nat(1_000), { maxLength: 20 }),
      (rate, segmentBytes, gaps) => {
        const link = openLink(rate, segmentBytes);
        const sent = [0, 0, 0];
        for (const channel of CHANNELS) link.offer(channel, 1e9, 0);
        let nowUs = 0;
        for (const gapUs of gaps) {
          nowUs += gapUs;
          for (const { channel, bytes } of link.advance(nowUs)) sent[channel]! += bytes;
          assert(Math.max(...sent) - Math.min(...sent) <= segmentBytes);
        }
      },
    ),
    { numRuns: 50 },
  );
});

Deno.test("Link is not idle while any byte waits", () => {
  fc.assert(fc.property(setup, ({ offers, bytesPerSecond, segmentBytes }) => {
    const link = openLink(bytesPerSecond, segmentBytes);
    const busyUs = offers.reduce((sum, { bytes }) => sum + bytes, 0) * 1e6 / bytesPerSecond;
    const together = offers.map((offer) => ({ ...offer, gapUs: 0 }));
    const last = drive(link, together, lookAtEach).at(-1);
    assertEquals(last?.atUs ?? 0, Math.ceil(busyUs));
  }));
});

Deno.test("Link.queued() is what was offered and not returned", () => {
  fc.assert(fc.property(setup, ({ offers, bytesPerSecond, segmentBytes }) => {
    const link = openLink(bytesPerSecond, segmentBytes);
    const queued = [0, 0, 0];
    for (const { channel, bytes } of offers) {
      link.offer(channel, bytes, 0);
      queued[channel]! += bytes;
    }
    for (let nextUs = link.nextUs(); nextUs !== null; nextUs = link.nextUs()) {
      for (const { channel, bytes } of link.advance(nextUs)) queued[channel]! -= bytes;
      assertEquals(CHANNELS.map((channel) => link.queued(channel)), queued);
    }
    assertEquals(queued, [0, 0, 0]);
  }));
});

Deno.test("Link.drainUs() is never after a queue has emptied, nor before the next segment", () => {
  fc.assert(fc.property(setup, ({ offers, bytesPerSecond, segmentBytes }) => {
    const link = openLink(bytesPerSecond, segmentBytes);
    drive(link, offers, (link, untilUs) => {
      const departures: Departure[] = [];
      for (let nextUs = link.nextUs(); nextUs !== null && nextUs <= untilUs;) {
        const drainUs = link.drainUs()!;
        assert(drainUs >= nextUs);
        departures.push(...link.advance(nextUs));
        const sent = new Set(departures.map(({ channel }) => channel));
        const emptied = [...sent].some((channel) =>
          link.queued(channel) === 0 &&
          departures.findLast((d) => d.channel === channel)!.atUs === nextUs
        );
        if (emptied) assert(drainUs <= nextUs);
        nextUs = link.nextUs();
      }
      return departures;
    });
  }));
});

Deno.test("Link does not drift: a thousand seconds of segments end in their microsecond", () => {
  const link = new Link({ bytesPerSecond: 700_001, segmentBytes: 1500 });
  link.open(0);
  let [offered, last] = [0, 0];
  for (let second = 0; second < 1000; second++) {
    link.offer(0, 700_002, second * 1_000_000);
    offered += 700_002;
    last = link.advance((second + 1) * 1_000_000).at(-1)?.atUs ?? last;
  }
  last = link.advance(2e9).at(-1)?.atUs ?? last;
  assertEquals(last, Math.ceil(offered * 1e6 / 700_001));
});
