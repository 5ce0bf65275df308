import { assert, assertEquals } from "@std/assert";
import type { Channel } from "../../lib/world/world.ts";
import { settle } from "./fake_world.ts";
import { ShimPair, specOf } from "./shim_harness.ts";

/** Notes whether a promise has settled. */
function watch(promise: Promise<unknown>): { settled: boolean } {
  const state = { settled: false };
  const note = () => {
    state.settled = true;
  };
  promise.then(note, note);
  return state;
}

/** Writes `bytes` again and again until the channel ends. */
async function flood(channel: Channel, bytes: number): Promise<void> {
  const buffer = new Uint8Array(bytes);
  try {
    for (;;) await channel.write(buffer);
  } catch {
    // The channel was closed by the test.
  }
}

Deno.test("ShimmedNetwork lets unconditioned writes through uncopied, with no timer", async () => {
  const pair = new ShimPair([]);
  const { source, wire } = await pair.connect("main");
  await source.write(new Uint8Array(10));
  assertEquals(wire.arrivals, [{ atUs: 0, bytes: 10 }]);
  assertEquals(pair.clock.sleepers, 0);
});

Deno.test("ShimmedNetwork delays each write by exactly its time", async () => {
  const pair = new ShimPair(specOf({ main: "delay 10ms" }));
  const { source, wire } = await pair.connect("main");
  await source.write(new Uint8Array(10));
  await pair.clock.advance(300);
  await source.write(new Uint8Array(20));
  await pair.clock.advance(20_000);
  assertEquals(wire.arrivals, [{ atUs: 10_000, bytes: 10 }, { atUs: 10_300, bytes: 20 }]);
});

Deno.test("ShimmedNetwork delivers the bytes written, whatever the conditions", async () => {
  const pair = new ShimPair(specOf({ main: "delay 1ms 1ms rate 10mbps limit 1000" }));
  const { source, destination } = await pair.connect("main");
  const sent = Uint8Array.from({ length: 50_000 }, (_, index) => index * 7 % 251);
  const shared = new Uint8Array(new SharedArrayBuffer(50_000));
  shared.set(sent);
  const written = source.write(shared).then(() => source.close());
  const received: number[] = [];
  const read = (async () => {
    const into = new Uint8Array(777);
    for (let count; (count = await destination.read(into)) !== null;) {
      received.push(...into.subarray(0, count));
    }
  })();
  await pair.clock.advance(1_000_000);
  await Promise.all([written, read]);
  assertEquals(Uint8Array.from(received), sent);
});

Deno.test("ShimmedNetwork keeps to the rate of a channel to the microsecond", async () => {
  const pair = new ShimPair(specOf({ main: "rate 64mbps limit 1mb" }));
  const { source, wire } = await pair.connect("main");
  await source.write(new Uint8Array(64_000));
  await pair.clock.advance(2_000);
  assertEquals(wire.arrivals.length, Math.ceil(64_000 / 1500));
  assertEquals(wire.arrivals[0], { atUs: 24, bytes: 1500 });
  assertEquals(wire.arrivals.at(-1)?.atUs, 1_000);
  assertEquals(wire.bytesArrived, 64_000);
});

Deno.test("ShimmedNetwork shares a link fairly among channels with a backlog, one segment apart", async () => {
  const pair = new ShimPair(
    specOf({ main: "rate 15mbps of link", preempt: "rate 15mbps of link" }),
  );
  const main = await pair.connect("main");
  const preempt = await pair.connect("preempt");
  const floods = [flood(main.source, 65_536), flood(preempt.source, 65_536)];
  await pair.clock.advance(10_000);
  assertEquals(main.wire.bytesArrived + preempt.wire.bytesArrived, 150_000);
  assert(Math.abs(main.wire.bytesArrived - preempt.wire.bytesArrived) <= 1500);
  pair.source.close();
  await Promise.all(floods);
});

Deno.test("ShimmedNetwork lets a page overtake the stream where the link is shared fairly", async () => {
  const pair = new ShimPair(
    specOf({ main: "rate 64mbps of link", preempt: "rate 64mbps of link" }),
  );
  const main = await pair.connect("main");
  const preempt = await pair.connect("preempt");
  const flooded = flood(main.source, 65_536);
  await pair.clock.advance(5_000);
  await preempt.source.write(new Uint8Array(4500));
  await pair.clock.advance(1_000);
  // Three segments of its own, and at most one of main before each.
  const sentUs = preempt.wire.arrivals.at(-1)!.atUs;
  assert(sentUs > 5_070 && sentUs <= 5_000 + 6 * 24, `sent after ${sentUs}`);
  pair.source.close();
  await flooded;
});

Deno.test("ShimmedNetwork lets the writer wait while the limit is reached", async () => {
  const pair = new ShimPair(specOf({ main: "rate 1mbps limit 4000" }));
  const { source, wire } = await pair.connect("main");
  await source.write(new Uint8Array(4000));
  const third = watch(source.write(new Uint8Array(1600)));
  await pair.clock.advance(1_499);
  assertEquals([third.settled, wire.bytesArrived], [false, 0]);
  await pair.clock.advance(1);
  await settle();
  assertEquals([third.settled, wire.bytesArrived], [false, 1500]);
  await pair.clock.advance(1_500);
  await settle();
  assertEquals([third.settled, wire.bytesArrived], [true, 3000]);
  await pair.clock.advance(10_000);
  assertEquals([wire.bytesArrived, wire.arrivals.at(-1)?.atUs], [5600, 5600]);
});

Deno.test("ShimmedNetwork holds 1 MiB of a conditioned channel unless told", async () => {
  const pair = new ShimPair(specOf({ main: "delay 1s" }));
  const { source } = await pair.connect("main");
  await source.write(new Uint8Array(1 << 20));
  const more = watch(source.write(new Uint8Array(1)));
  await pair.clock.advance(999_999);
  assertEquals(more.settled, false);
  await pair.clock.advance(1);
  await settle();
  assertEquals(more.settled, true);
});

Deno.test("ShimmedNetwork: a peer that does not read stops its channel and no other", async () => {
  const pair = new ShimPair(specOf({ main: "delay 1ms limit 100", preempt: "delay 1ms" }));
  const main = await pair.connect("main");
  const preempt = await pair.connect("preempt");
  main.wire.stall();
  await main.source.write(new Uint8Array(100));
  await pair.clock.advance(5_000);
  const stopped = watch(main.source.write(new Uint8Array(1)));
  await preempt.source.write(new Uint8Array(10));
  await pair.clock.advance(5_000);
  assertEquals([stopped.settled, preempt.wire.bytesArrived], [false, 10]);
  main.wire.unstall();
  await pair.clock.advance(5_000);
  assertEquals([stopped.settled, main.wire.bytesArrived], [true, 101]);
});

Deno.test("ShimmedNetwork conditions what the accepting side writes by the rules for main", async () => {
  const pair = new ShimPair([
    {
      role: "main",
      direction: "destination-to-source",
      traffic: { rate: { bytesPerSecond: 1000, of: "link" } },
    },
    { role: "preempt", traffic: { limitBytes: 1 } },
  ]);
  const { source, destination, wire } = await pair.connect("preempt");
  await destination.write(new Uint8Array(10));
  await pair.clock.advance(10_000);
  assertEquals(wire.peer.arrivals, [{ atUs: 10_000, bytes: 10 }]);
  const into = new Uint8Array(100);
  assertEquals(await source.read(into), 10);
});

Deno.test("ShimmedNetwork with its own grain serves a stream in few wake-ups and a message in time", async () => {
  const pair = new ShimPair(
    specOf({ main: "rate 64mbps of link", preempt: "delay 2ms" }),
    {},
  );
  const main = await pair.connect("main");
  const preempt = await pair.connect("preempt");
  const flooded = flood(main.source, 65_536);
  await pair.clock.advance(1_100);
  await preempt.source.write(new Uint8Array(4096));
  await pair.clock.advance(8_900);
  assertEquals(preempt.wire.arrivals, [{ atUs: 3_100, bytes: 4096 }]);
  const bytes = main.wire.bytesArrived;
  assert(bytes <= 640_000 && bytes > 640_000 - 65_500, `${bytes} arrived`);
  assert(new Set(main.wire.arrivals.map(({ atUs }) => atUs)).size < 20);
  pair.source.close();
  await flooded;
});

Deno.test("ShimmedNetwork draws the same jitter from the same seed", async () => {
  const arrivals = async () => {
    const pair = new ShimPair(specOf({ main: "delay 5ms 2ms distribution normal" }));
    const { source, wire } = await pair.connect("main");
    for (let i = 0; i < 20; i++) {
      await source.write(new Uint8Array(1));
      await pair.clock.advance(3_000);
    }
    await pair.clock.advance(20_000);
    return wire.arrivals;
  };
  const first = await arrivals();
  assertEquals(first.reduce((sum, { bytes }) => sum + bytes, 0), 20);
  assertEquals(await arrivals(), first);
});
