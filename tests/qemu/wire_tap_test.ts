import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import type { ShimSpec } from "../../lib/netem/conditions.ts";
import type { Follower } from "../../lib/qemu/proxy/relay.ts";
import type { TapReport } from "../../lib/qemu/tap/tap_report.ts";
import { WireTap } from "../../lib/qemu/tap/wire_tap.ts";
import { PAGE_SIZE } from "../../lib/ram/ram_block.ts";
import { MainChannelDecoder } from "../../lib/wire/main_channel_decoder.ts";
import { recordedStream, VERSIONS } from "../wire/recorded_streams.ts";
import { mutate, mutation, place } from "../wire/mutations.ts";
import { ProxyBed, readExactly } from "./proxy_bed.ts";
import { TapBed } from "./tap_bed.ts";
import { testWithQemu } from "./test_with_qemu.ts";

/** A clock's steps, one for each piece that is fed. */
const STEP_US = 1000;

/** The streams of a migration, in the order in which they pass: what opens postcopy, the requests, their pages, the rest. */
interface Recorded {
  readonly main: Uint8Array;
  /** Bytes of `main` up to the end of the package. */
  readonly packageEnd: number;
  readonly returnPath: Uint8Array;
  readonly preempt: Uint8Array;
}

async function recorded(version: (typeof VERSIONS)[number]): Promise<Recorded> {
  const main = await recordedStream(version, "postcopy-main");
  const decoder = new MainChannelDecoder({ stream: "migration" });
  decoder.queue.push(main);
  while (decoder.next()?.kind !== "packaged");
  return {
    main,
    packageEnd: decoder.queue.offset,
    returnPath: await recordedStream(version, "postcopy-main-return"),
    preempt: await recordedStream(version, "postcopy-preempt"),
  };
}

/** Passes a migration by a tap, each stream in pieces of so many bytes. */
function passBy(
  { main, packageEnd, returnPath, preempt }: Recorded,
  pieceBytes: number,
): TapReport {
  let nowUs = 0;
  const tap = new WireTap(() => nowUs);
  const feed = (follower: Follower, bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      const piece = bytes.subarray(at, at + pieceBytes);
      follower.room(piece.length).set(piece);
      follower.passed(piece.length);
    }
    nowUs += STEP_US;
  };
  const there = "source-to-destination";
  const back = "destination-to-source";
  const mains = tap.onConnected({ role: "main", phase: 0 });
  feed(mains[there], main.subarray(0, packageEnd));
  const preempts = tap.onConnected({ role: "preempt", phase: 0 });
  feed(mains[back], returnPath);
  feed(preempts[there], preempt);
  feed(mains[there], main.subarray(packageEnd));
  for (const one of [mains, preempts]) {
    for (const direction of [there, back] as const) one[direction].ended();
  }
  return tap.report();
}

function totalBytes({ bytes }: TapReport): number {
  return Object.values(bytes).flatMap((phase) => Object.values(phase)).reduce((a, b) => a + b, 0);
}

for (const version of VERSIONS) {
  Deno.test(`a tap sees the page requests of QEMU ${version}, what they took and which channel served them`, async () => {
    const streams = await recorded(version);
    const report = passBy(streams, 65536);
    assertEquals(report.unread, []);
    const pages = report.answered.map(({ block, offset, latencyUs, channel }) =>
      `${block} ${offset / PAGE_SIZE} ${latencyUs} ${channel}`
    );
    const expected = [400, 450, 333, 501].map((page) => `ram ${page} ${STEP_US} preempt`);
    assertEquals(pages, expected);
    assertEquals(report.requests, { answered: 4, open: 0, passedBefore: 0, repeated: 0 });
    assertEquals(report.latency.all?.count, 4);
    assertEquals(report.latency.main, null);
    assertEquals(report.latencyDistribution[Math.floor(Math.log2(STEP_US))], 4);
    const [session] = report.sessions;
    assertEquals([session?.kind, session?.preemptAfterUs], ["migration", STEP_US]);
    assertEquals(report.bytes.postcopy.preempt, streams.preempt.length);
    assert(report.bytes.precopy.main > 0 || report.bytes.postcopy.main > 0);
  });
}

Deno.test("a tap says the same of a migration, in whatever pieces it passes", async () => {
  const streams = await recorded("11.1");
  const { requests, answered, unread } = passBy(streams, 65536);
  await fc.assert(
    fc.property(fc.integer({ min: 1, max: 9000 }), (pieceBytes) => {
      const pieces = passBy(streams, pieceBytes);
      assertEquals(
        { requests: pieces.requests, answered: pieces.answered, unread: pieces.unread },
        {
          requests,
          answered,
          unread,
        },
      );
    }),
    { numRuns: 20 },
  );
});

Deno.test("whatever is spoiled in a migration, a tap counts every byte and says where it stopped reading", async () => {
  const streams = await recorded("7.2");
  const stream = fc.constantFrom("main" as const, "returnPath" as const, "preempt" as const);
  fc.assert(
    fc.property(stream, fc.array(mutation, { minLength: 1, maxLength: 3 }), (name, changes) => {
      const spoiled = { ...streams, [name]: changes.reduce(mutate, streams[name]) };
      const report = passBy(spoiled, 4096);
      const fed = spoiled.main.length + spoiled.returnPath.length + spoiled.preempt.length;
      assertEquals(totalBytes(report), fed);
      const unread = report.unread.map(({ stream }) => stream);
      assertEquals(new Set(unread).size, unread.length);
      for (const { message } of report.unread) assertMatch(message, /^Cannot decode .* received /s);
    }),
    { numRuns: 150 },
  );
});

Deno.test("a stream that is cut is said to be", async () => {
  const streams = await recorded("7.2");
  fc.assert(fc.property(place, (at) => {
    const bytes = streams.main.subarray(0, Math.floor(at / 2 ** 32 * streams.packageEnd) + 1);
    const report = passBy({
      ...streams,
      main: bytes,
      returnPath: new Uint8Array(),
      preempt: new Uint8Array(),
    }, 5000);
    const isWhole = report.events.some(({ what }) => what.startsWith("packaged"));
    assert(isWhole || report.unread.length <= 1);
    assertEquals(totalBytes(report), bytes.length);
  }));
});

const FOREIGN: readonly (readonly [string, Uint8Array])[] = [
  ["text", new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n".repeat(500))],
  ["a migration of another version", new Uint8Array([0x51, 0x45, 0x56, 0x4d, 0, 0, 0, 2, 7, 7])],
  ["noise", crypto.getRandomValues(new Uint8Array(50_000))],
];

for (const [name, bytes] of FOREIGN) {
  Deno.test(`a tapped proxy passes ${name} on unchanged in both directions, and says that it cannot read it`, async () => {
    await using bed = await ProxyBed.open({ tap: true });
    const { near, far } = await bed.connectBoth();
    await Promise.all([near.write(bytes), far.write(bytes)]);
    assertEquals(await readExactly(far, bytes.length), bytes);
    assertEquals(await readExactly(near, bytes.length), bytes);
    const report = await bed.proxy.report();
    assert(report !== null);
    const main = report.unread.find(({ stream }) => stream === "main");
    assertMatch(main?.message ?? "", /^Cannot decode main channel at offset \d+: expected /);
    assertEquals(report.bytes.precopy.main, bytes.length);
  });
}

const SLOW = 8_000_000;

/** So long that requests wait for the link far longer than QEMU and the proxy do for a CPU, however loaded the machine. */
const LINK: ShimSpec = (["main", "preempt"] as const).map((role) => ({
  ...{ role, direction: "source-to-destination" },
  traffic: { delay: { timeUs: 300_000, jitterUs: 0, distribution: "uniform" } },
}));

for (const preempt of [true, false]) {
  testWithQemu(
    `a tap sees the requests of QEMU's own traces, preempt ${
      preempt ? "on" : "off"
    }, and their mean within a tenth`,
    async () => {
      await using bed = await TapBed.open({ spec: LINK });
      const { pair } = bed;
      await pair.setCapabilities("postcopy-ram", ...preempt ? ["postcopy-preempt" as const] : []);
      await pair.setBandwidth(SLOW);
      await bed.waitForGuest();
      await pair.migrate();
      await bed.startPostcopy();
      await bed.source.reach("completed");
      await bed.destination.reach("completed");
      const report = await pair.proxy.report();
      const traced = await bed.tracedLatenciesUs();
      assert(report !== null && report.latency.all !== null);
      assertEquals(report.unread, []);
      assertEquals(report.requests.answered + report.requests.passedBefore, traced.length);
      const tracedMeanUs = traced.reduce((sum, us) => sum + us, 0) / traced.length;
      const ratio = report.latency.all.meanUs * report.requests.answered / traced.length /
        tracedMeanUs;
      assert(
        Math.abs(ratio - 1) <= 0.1,
        `the tap's mean is ${ratio} of the traces' ${tracedMeanUs} us`,
      );
      assertEquals(report.latency.preempt === null, !preempt);
      assertEquals((await pair.destination.qmp.execute("query-status")).status, "running");
    },
  );
}
