import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { PageRequest } from "../../lib/measure/page_requests.ts";
import {
  blamePreemptChannel,
  type PreemptEvidence,
  summarizePageRequests,
} from "../../lib/measure/preempt_blame.ts";
import type { PageChannel, PageRequestEntry } from "../../lib/ram/page_request_log.ts";

const NOTHING: PreemptEvidence = { entries: [], waits: [], holds: [] };
const NO_LOGS = { source: null, destination: null, preempt: true };

/** A request that faulted at `begin` and ended at `end`, with the times in between that are given. */
function request(
  page: number,
  times: { begin: number; read?: number; written?: number; end: number },
  channel: PageChannel = "preempt",
): PageRequest {
  const { begin, read, written, end } = times;
  return {
    page,
    vcpu: 0,
    session: 0,
    points: {
      "faulted": begin,
      ...(read === undefined ? {} : { "request-read": read }),
      ...(written === undefined ? {} : { "record-written": written }),
      "vcpu-runs": end,
    },
    channel,
    servedBy: channel === "preempt" ? "request" : "background",
    latencyUs: end - begin,
    parts: [],
  };
}

function writtenEntry(page: number, timeUs: number, session = 0): PageRequestEntry {
  return { event: "record-written", session, page, vcpu: -1, channel: "preempt", timeUs };
}

function blameOf(request: PageRequest, evidence: Partial<PreemptEvidence>) {
  return blamePreemptChannel([request], { ...NOTHING, ...evidence })[0]?.blame;
}

Deno.test("blamePreemptChannel() blames waiting for the channel to exist", () => {
  const waited = request(1, { begin: 100, read: 940, written: 950, end: 1000 });
  assertEquals(blameOf(waited, { waits: [[0, 300], [800, 940]] }), {
    awaitingChannelUs: 340,
    inChannelUs: 10,
    shimUs: 0,
    totalUs: 350,
  });
});

Deno.test("blamePreemptChannel() blames waiting in the channel from when it is there", () => {
  const waited = request(1, { begin: 0, read: 100, written: 500, end: 600 });
  assertEquals(blameOf(waited, { waits: [[0, 150]] })?.inChannelUs, 350);
  const onMain = request(1, { begin: 0, read: 100, written: 500, end: 600 }, "main");
  assertEquals(blameOf(onMain, { waits: [[0, 150]] })?.totalUs, 150);
});

Deno.test("blamePreemptChannel() gives the k-th record of a phase the hold of its channel's k-th write", () => {
  const second = request(8, { begin: 0, read: 10, written: 20, end: 100 });
  const entries = [writtenEntry(8, 20), writtenEntry(7, 15), writtenEntry(6, 18, 1)];
  const holds = [
    { phase: 1, record: 0, enqueuedUs: 18, releasedUs: 99 },
    { phase: 0, record: 1, enqueuedUs: 20, releasedUs: 65 },
  ];
  assertEquals(blameOf(second, { entries, holds }), {
    awaitingChannelUs: 0,
    inChannelUs: 10,
    shimUs: 45,
    totalUs: 55,
  });
});

Deno.test("blamePreemptChannel() never blames more than the latency, whatever overlaps", () => {
  const us = fc.nat(1000);
  const evidence = fc.record({
    times: fc.tuple(us, us, us, us),
    waits: fc.array(fc.tuple(us, us), { maxLength: 4 }),
    hold: fc.tuple(us, us),
  });
  fc.assert(fc.property(evidence, ({ times, waits, hold }) => {
    const [begin, read, written, end] = times.toSorted((a, b) => a - b) as [
      number,
      number,
      number,
      number,
    ];
    const blame = blameOf(request(1, { begin, read, written, end }), {
      entries: [writtenEntry(1, written)],
      waits,
      holds: [{ phase: 0, record: 0, enqueuedUs: hold[0], releasedUs: hold[1] }],
    })!;
    assert(blame.totalUs <= end - begin);
    assert(blame.awaitingChannelUs >= 0 && blame.inChannelUs >= 0 && blame.shimUs >= 0);
    assertEquals(blame.totalUs, blame.awaitingChannelUs + blame.inChannelUs + blame.shimUs);
  }));
});

Deno.test("summarizePageRequests() calls a request affected whose blame is more than half of it", () => {
  const requests = blamePreemptChannel([
    request(1, { begin: 0, end: 100 }),
    request(2, { begin: 50, end: 150 }),
    request(3, { begin: 1000, end: 1200 }),
  ], { ...NOTHING, waits: [[0, 51]] });
  const summary = summarizePageRequests(requests, NO_LOGS);
  assertAlmostEquals(summary.affectedShare!, 1 / 3);
  assertAlmostEquals(summary.channelShare!, 52 / 400);
  assertEquals(summary.count, 3);
  assertEquals(summary.latency?.maxUs, 200);
});

Deno.test("summarizePageRequests() has no shares with preempt off, and no figures of nothing", () => {
  const off = summarizePageRequests([request(1, { begin: 0, end: 100 }, "main")], NO_LOGS);
  assertEquals([off.affectedShare, off.channelShare], [null, null]);
  assertEquals([off.count, off.servedByBackground, off.latency?.p50Us], [1, 1, 100]);
  const none = summarizePageRequests([], NO_LOGS);
  assertEquals([none.count, none.latency, none.affectedShare], [0, null, null]);
});

Deno.test("summarizePageRequests() reports dropped entries and requests that it could not measure", () => {
  const lost: PageRequest = { ...request(1, { begin: 0, end: 1 }), latencyUs: null };
  const summary = summarizePageRequests(
    blamePreemptChannel([lost, request(2, { begin: 0, end: 70 })], NOTHING),
    {
      source: { entries: [], dropped: 3 },
      destination: { entries: [], dropped: 4 },
      preempt: true,
    },
  );
  assertEquals([summary.count, summary.incomplete, summary.droppedEntries], [2, 1, 7]);
  assertEquals(summary.latency?.count, 1);
});
