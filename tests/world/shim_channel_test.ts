import { assertEquals, assertRejects } from "@std/assert";
import { type Channel, ChannelError } from "../../lib/world/world.ts";
import { settle } from "./fake_world.ts";
import { ShimPair, specOf } from "./shim_harness.ts";

const SLOW = specOf({ main: "delay 10ms rate 1mbps limit 5000" });

/** How a promise that must reject does. */
async function failureOf(promise: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => promise, ChannelError)).failure;
}

function failuresOf(channel: Channel): Promise<string[]> {
  return Promise.all([
    failureOf(channel.read(new Uint8Array(1))),
    failureOf(channel.write(new Uint8Array(1))),
  ]);
}

// -- close() --

Deno.test("ShimChannel.close() lets held bytes go first, each in its time", async () => {
  const pair = new ShimPair(SLOW);
  const { source, destination, wire } = await pair.connect("main");
  await source.write(new Uint8Array(2000));
  source.close();
  await pair.clock.advance(11_999);
  assertEquals([wire.bytesArrived, wire.peer.failure], [1500, null]);
  await pair.clock.advance(1);
  assertEquals([wire.bytesArrived, wire.peer.failure], [2000, "closed"]);
  const into = new Uint8Array(1500);
  assertEquals(await destination.read(into), 1500);
  assertEquals(await destination.read(into), 500);
  assertEquals(await destination.read(into), null);
  assertEquals(pair.clock.sleepers, 0);
});

Deno.test("ShimChannel.close() closes at once when nothing is held", async () => {
  for (const spec of [SLOW, []]) {
    const pair = new ShimPair(spec);
    const { source, destination, wire } = await pair.connect("main");
    source.close();
    source.close();
    assertEquals(wire.peer.failure, "closed");
    assertEquals(await destination.read(new Uint8Array(1)), null);
    assertEquals(await failuresOf(source), ["closed", "closed"]);
  }
});

Deno.test("ShimChannel.close() ends this side's pending and later reads and writes at once", async () => {
  const pair = new ShimPair(SLOW);
  const { source, wire } = await pair.connect("main");
  const read = failureOf(source.read(new Uint8Array(1)));
  const write = failureOf(source.write(new Uint8Array(6000)));
  await settle();
  source.close();
  assertEquals([await read, await write], ["closed", "closed"]);
  assertEquals(await failuresOf(source), ["closed", "closed"]);
  await pair.clock.advance(100_000);
  assertEquals(wire.bytesArrived, 5000);
});

Deno.test("ShimChannel.close() leaves alone the memory of a read that it ended", async () => {
  const pair = new ShimPair(SLOW);
  const { source, destination } = await pair.connect("main");
  const into = new Uint8Array(8);
  const read = failureOf(source.read(into));
  await source.write(new Uint8Array(100));
  source.close();
  assertEquals(await read, "closed");
  destination.write(new Uint8Array(8).fill(7)).catch(() => {});
  await pair.clock.advance(10_008);
  assertEquals(into, new Uint8Array(8));
  await pair.clock.advance(10_000);
});

Deno.test("ShimChannel.close() while the peer is stalled ends when it reads again", async () => {
  const pair = new ShimPair(SLOW);
  const { source, wire } = await pair.connect("main");
  wire.stall();
  await source.write(new Uint8Array(100));
  source.close();
  await pair.clock.advance(50_000);
  assertEquals(wire.peer.failure, null);
  wire.unstall();
  await settle();
  assertEquals(wire.peer.failure, "closed");
});

// -- reset() --

Deno.test("ShimChannel.reset() drops what is held, and both sides know at once", async () => {
  const pair = new ShimPair(SLOW);
  const { source, destination, wire } = await pair.connect("main");
  const read = failureOf(source.read(new Uint8Array(1)));
  const write = failureOf(source.write(new Uint8Array(6000)));
  await settle();
  source.reset();
  source.reset();
  assertEquals([await read, await write], ["closed", "closed"]);
  assertEquals(await failuresOf(source), ["closed", "closed"]);
  assertEquals(await failureOf(destination.read(new Uint8Array(1))), "reset");
  assertEquals(pair.clock.sleepers, 0);
  assertEquals(wire.bytesArrived, 0);
});

Deno.test("ShimChannel.reset() after close() drops what is still held", async () => {
  const pair = new ShimPair(SLOW);
  const { source, wire } = await pair.connect("main");
  await source.write(new Uint8Array(2000));
  source.close();
  source.reset();
  await pair.clock.advance(100_000);
  assertEquals([wire.bytesArrived, wire.failure], [0, "reset"]);
});

Deno.test("ShimChannel.reset() while bytes are being written to a stalled peer", async () => {
  const pair = new ShimPair(SLOW);
  const { source, wire } = await pair.connect("main");
  wire.stall();
  await source.write(new Uint8Array(2000));
  await pair.clock.advance(50_000);
  source.reset();
  await pair.clock.advance(50_000);
  assertEquals(wire.bytesArrived, 1500);
});

// -- The peer's end --

Deno.test("ShimChannel.write() rejects with reset once held bytes met a peer that closed", async () => {
  const pair = new ShimPair(SLOW);
  const { source, wire } = await pair.connect("main");
  await source.write(new Uint8Array(5000));
  const waiting = failureOf(source.write(new Uint8Array(1)));
  wire.close();
  await pair.clock.advance(20_000);
  assertEquals(await waiting, "reset");
  assertEquals(await failureOf(source.write(new Uint8Array(1))), "reset");
  assertEquals(await source.read(new Uint8Array(1)), null);
  assertEquals(pair.clock.sleepers, 0);
  source.close();
  assertEquals(await failuresOf(source), ["closed", "closed"]);
});

Deno.test("ShimChannel.read() sees the peer's reset and end of stream at once", async () => {
  const pair = new ShimPair(SLOW);
  const reset = await pair.connect("main");
  const read = failureOf(reset.source.read(new Uint8Array(1)));
  reset.wire.reset();
  assertEquals(await read, "reset");
  const ended = await pair.connect("main");
  ended.wire.close();
  assertEquals(await ended.source.read(new Uint8Array(1)), null);
});

Deno.test("ShimChannel of a peer that closed lets go of its inner channel when it is closed", async () => {
  const pair = new ShimPair(SLOW);
  const { source, wire } = await pair.connect("main");
  await source.write(new Uint8Array(100));
  source.close();
  wire.close();
  await pair.clock.advance(20_000);
  assertEquals(wire.peer.failure, "closed");
});

Deno.test("ShimChannel.read() of a conditioned channel takes all that the peer wrote, in order", async () => {
  const pair = new ShimPair(SLOW);
  const { source, wire } = await pair.connect("main");
  const sent = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251);
  await wire.write(sent);
  const received = new Uint8Array(100_000);
  for (let count = 0; count < received.length;) {
    count += await source.read(received.subarray(count)) ?? 0;
  }
  assertEquals(received, sent);
});
