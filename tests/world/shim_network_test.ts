import { assert, assertEquals, assertThrows } from "@std/assert";
import type { ConnectCondition } from "../../lib/netem/conditions.ts";
import { NetemError } from "../../lib/netem/grammar.ts";
import type { Address } from "../../lib/world/address.ts";
import { ShimmedNetwork } from "../../lib/world/realtime/shim.ts";
import { FakeClock, FakeRandom, MemoryNetwork, settle } from "./fake_world.ts";
import { ShimPair, specOf } from "./shim_harness.ts";

const ADDRESS: Address = { kind: "unix", path: "/somewhere" };

// -- Connects --

Deno.test("ShimmedNetwork.connect() hands each connect condition on to the inner network", async () => {
  const conditions: readonly ConnectCondition[] = [
    { kind: "delay", delayUs: 1000 },
    { kind: "hang" },
    { kind: "refuse" },
    { kind: "reset" },
  ];
  for (const connect of conditions) {
    const pair = new ShimPair([{ role: "preempt", connect }]);
    await pair.connect("main");
    await pair.connect("preempt");
    assertEquals(pair.network.connects, [
      { role: "main", condition: null },
      { role: "preempt", condition: connect },
    ]);
  }
});

Deno.test("ShimmedNetwork.connect() goes by the connect phase at its start", async () => {
  const pair = new ShimPair([{ role: "preempt", phase: 1, connect: { kind: "refuse" } }]);
  for (pair.phase of [0, 1, 2]) await pair.connect("preempt");
  assertEquals(pair.network.connects.map(({ condition }) => condition?.kind ?? null), [
    null,
    "refuse",
    null,
  ]);
});

Deno.test("ShimmedNetwork passes on failures, and abort() and block() of a connect", async () => {
  const calls: string[] = [];
  const inner = {
    listen: () => assert(false),
    connect: () => ({
      wait: () => Promise.resolve({ kind: "failed" as const, cause: "Connection refused" }),
      abort: () => calls.push("abort"),
      block: () => calls.push("block"),
    }),
  };
  const network = new ShimmedNetwork({
    inner: inner as unknown as MemoryNetwork,
    clock: new FakeClock(),
    random: new FakeRandom(),
    phase: () => 0,
    spec: [],
  });
  const operation = network.connect(ADDRESS, "main");
  operation.block();
  operation.abort();
  assertEquals(calls, ["block", "abort"]);
  assertEquals(await operation.wait(), { kind: "failed", cause: "Connection refused" });
});

Deno.test("ShimmedNetwork leaves channels of other roles alone", async () => {
  const pair = new ShimPair(specOf({ main: "connect refuse delay 1s", preempt: "delay 1s" }));
  const listener = pair.destination.listen(ADDRESS, "qmp");
  const result = await pair.source.connect(ADDRESS, "qmp").wait();
  assert(result.kind === "connected");
  assertEquals(pair.network.connects, [{ role: "qmp", condition: null }]);
  assertEquals(await listener.accept() === pair.network.accepted[0], true);
  await result.channel.write(new Uint8Array(3));
  assertEquals(pair.network.accepted[0]?.arrivals, [{ atUs: 0, bytes: 3 }]);
});

Deno.test("ShimmedNetwork.listen() accepts until it is closed", async () => {
  const pair = new ShimPair([]);
  const listener = pair.destination.listen(ADDRESS, "main");
  assertEquals(listener.address, ADDRESS);
  const accepted = listener.accept();
  listener.close();
  assertEquals(await accepted, null);
});

Deno.test("a shim's text that does not parse is a NetemError that names the word", () => {
  const error = assertThrows(() => specOf({ main: "delay 10ms jitter 2ms" }), NetemError);
  assertEquals([error.word, error.column], ["jitter", 12]);
});

// -- Specifications that change --

Deno.test("ShimmedNetwork.setSpec() applies to later connects", async () => {
  const pair = new ShimPair(specOf({ preempt: "connect refuse" }));
  await pair.connect("preempt");
  pair.source.setSpec(specOf({ preempt: "connect hang" }));
  await pair.connect("preempt");
  pair.source.setSpec([]);
  await pair.connect("preempt");
  assertEquals(pair.network.connects.map(({ condition }) => condition?.kind ?? null), [
    "refuse",
    "hang",
    null,
  ]);
});

Deno.test("ShimmedNetwork.setSpec() conditions channels that are open", async () => {
  const pair = new ShimPair([]);
  const { source, wire } = await pair.connect("main");
  await source.write(new Uint8Array(1));
  pair.source.setSpec(specOf({ main: "delay 5ms" }));
  await source.write(new Uint8Array(2));
  await pair.clock.advance(10_000);
  assertEquals(wire.arrivals, [{ atUs: 0, bytes: 1 }, { atUs: 5_000, bytes: 2 }]);
});

Deno.test("ShimmedNetwork.setSpec() to nothing heals: held bytes go, later ones are not held", async () => {
  const pair = new ShimPair(specOf({ main: "rate 1kbps limit 10kb" }));
  const { source, wire } = await pair.connect("main");
  const writing = source.write(new Uint8Array(50_000));
  await pair.clock.advance(2_000_000);
  assertEquals(wire.bytesArrived, 1500);
  pair.source.setSpec([]);
  await settle();
  await writing;
  await settle();
  assertEquals([wire.bytesArrived, wire.arrivals.at(-1)?.atUs], [50_000, 2_000_000]);
  await source.write(new Uint8Array(7));
  assertEquals(wire.arrivals.at(-1), { atUs: 2_000_000, bytes: 7 });
  assertEquals(pair.clock.sleepers, 0);
});

Deno.test("ShimmedNetwork.setSpec() changes the rate of the shared link in mid-segment", async () => {
  const pair = new ShimPair(specOf({ main: "rate 1500bps of link" }));
  const { source, wire } = await pair.connect("main");
  await source.write(new Uint8Array(3000));
  await pair.clock.advance(500_000);
  pair.source.setSpec(specOf({ main: "rate 15000bps of link" }));
  await pair.clock.advance(1_000_000);
  // Half of the first segment was sent.
  assertEquals(wire.arrivals.map(({ atUs }) => atUs), [550_000, 650_000]);
});

Deno.test("ShimmedNetwork.setSpec() goes by the phase in which a channel was connected", async () => {
  const pair = new ShimPair([]);
  const { source, wire } = await pair.connect("main");
  pair.phase = 1;
  pair.source.setSpec([{ role: "main", phase: 1, traffic: { limitBytes: 1 } }, {
    role: "main",
    phase: 0,
    traffic: { delay: { timeUs: 100, jitterUs: 0, distribution: "uniform" } },
  }]);
  await source.write(new Uint8Array(5));
  await pair.clock.advance(100);
  assertEquals(wire.arrivals, [{ atUs: 100, bytes: 5 }]);
});

Deno.test("ShimmedNetwork.close() drops what is held and leaves no timer", async () => {
  const pair = new ShimPair(specOf({ main: "delay 1s" }));
  const open = await pair.connect("main");
  const closed = await pair.connect("main");
  await open.source.write(new Uint8Array(1));
  await closed.source.write(new Uint8Array(1));
  closed.source.close();
  pair.source.close();
  await settle();
  assertEquals([open.wire.failure, closed.wire.failure], ["reset", "reset"]);
  assertEquals([open.wire.bytesArrived, pair.clock.sleepers], [0, 0]);
});

// -- Holds --

Deno.test("ShimmedNetwork.holds() gives the shim's delay of every preempt record, in order", async () => {
  const pair = new ShimPair(specOf({ preempt: "delay 2ms rate 1mbps" }));
  const { source } = await pair.connect("preempt");
  await source.write(new Uint8Array(3000));
  await pair.clock.advance(100);
  await source.write(new Uint8Array(100));
  assertEquals(pair.source.holds(), []);
  await pair.clock.advance(100_000);
  assertEquals(pair.source.holds(), [
    { phase: 0, record: 0, enqueuedUs: 0, releasedUs: 5_000 },
    { phase: 0, record: 1, enqueuedUs: 100, releasedUs: 5_100 },
  ]);
});

Deno.test("ShimmedNetwork.holds() counts records that were not held, by channel and phase", async () => {
  const pair = new ShimPair([]);
  const first = await pair.connect("preempt");
  await first.source.write(new Uint8Array(10));
  pair.source.setSpec(specOf({ preempt: "delay 1ms" }));
  await first.source.write(new Uint8Array(10));
  await pair.clock.advance(5_000);
  pair.phase = 1;
  const second = await pair.connect("preempt");
  await second.source.write(new Uint8Array(10));
  await pair.clock.advance(5_000);
  assertEquals(pair.source.holds(), [
    { phase: 0, record: 1, enqueuedUs: 0, releasedUs: 1_000 },
    { phase: 1, record: 0, enqueuedUs: 5_000, releasedUs: 6_000 },
  ]);
});

Deno.test("ShimmedNetwork.holds() knows of preempt only, and of this side's writes only", async () => {
  const pair = new ShimPair(specOf({ main: "delay 1ms", preempt: "delay 1ms" }));
  const main = await pair.connect("main");
  const preempt = await pair.connect("preempt");
  await main.source.write(new Uint8Array(1));
  await preempt.destination.write(new Uint8Array(1));
  await pair.clock.advance(10_000);
  assertEquals([pair.source.holds(), pair.destination.holds()], [[], []]);
});
