import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import type { ConnectCondition, ShimSpec, TrafficCondition } from "../../lib/netem/conditions.ts";
import { AddressError } from "../../lib/world/address.ts";
import { ChannelError } from "../../lib/world/world.ts";
import { ProxyBed, readExactly } from "./proxy_bed.ts";

/** Longer than anything takes that is not held, on a machine that is not overwhelmed; asserted as a lower bound only. */
const HOLD_US = 150_000;

const preemptConnects = (connect: ConnectCondition): ShimSpec => [{ role: "preempt", connect }];
const byte = (value: number) => new Uint8Array([value]);

for (const transport of ["unix", "tcp"] as const) {
  Deno.test(`a proxy over ${transport} passes the bytes of both directions on, and each one's end`, async () => {
    await using bed = await ProxyBed.open({ transport });
    const { near, far } = await bed.connectBoth();
    const sent = crypto.getRandomValues(new Uint8Array(60_000));
    await near.write(sent);
    assertEquals(await readExactly(far, sent.length), sent);
    await far.write(sent.subarray(0, 1000));
    assertEquals(await readExactly(near, 1000), sent.subarray(0, 1000));
    near.close();
    assertEquals(await far.read(new Uint8Array(1)), null);
    far.close();
  });

  Deno.test(`a connect over ${transport} that a proxy refuses fails as one to nobody does`, async () => {
    await using bed = await ProxyBed.open({
      transport,
      spec: preemptConnects({ kind: "refuse" }),
    });
    const { near, far } = await bed.connectBoth();
    const { result } = await bed.connect();
    assertEquals(result, { kind: "failed", cause: "Connection refused" });
    await near.write(byte(1));
    assertEquals(await readExactly(far, 1), byte(1));
    await bed.proxy.setShim([]);
    assertEquals((await bed.connect()).result.kind, "connected");
  });

  Deno.test(`a connect over ${transport} that hangs at a proxy gets through when it is healed`, async () => {
    await using bed = await ProxyBed.open({ transport, spec: preemptConnects({ kind: "hang" }) });
    await bed.connectBoth();
    const hanging = bed.startConnect();
    const result = hanging.wait();
    const isOver = await Promise.race([result.then(() => true), bed.world.clock.sleep(HOLD_US)]);
    assertEquals(isOver, undefined);
    await bed.proxy.setShim([]);
    assertEquals((await result).kind, "connected");
    assert(await bed.listener.accept() !== null);
  });

  Deno.test(`a connection over ${transport} that a proxy resets breaks, and nobody hears of it behind it`, async () => {
    await using bed = await ProxyBed.open({ transport, spec: preemptConnects({ kind: "reset" }) });
    await bed.connectBoth();
    const { result } = await bed.connect();
    assert(result.kind === "connected");
    const channel = result.channel;
    await assertRejects(async () => {
      for (;;) await channel.write(byte(1));
    }, ChannelError);
    const { far } = await bed.connectBoth();
    assertEquals(far.role, "main");
  });

  Deno.test(`a proxy over ${transport} hands connections on in the order in which it accepted them`, async () => {
    await using bed = await ProxyBed.open({ transport });
    const order: number[] = [];
    for (let number = 0; number < 5; number++) {
      const { result } = await bed.connect();
      assert(result.kind === "connected");
      await result.channel.write(byte(number));
    }
    for (let number = 0; number < 5; number++) {
      const channel = await bed.listener.accept();
      order.push((await readExactly(channel!, 1))[0]!);
    }
    assertEquals(order, [0, 1, 2, 3, 4]);
  });
}

Deno.test("a delayed connect takes so much longer, however late it comes, and the one before it does not", async () => {
  await using bed = await ProxyBed.open({
    spec: preemptConnects({ kind: "delay", delayUs: 3_600_000_000 }),
  });
  assertEquals((await bed.connect()).result.kind, "connected");
  await bed.proxy.setShim(preemptConnects({ kind: "delay", delayUs: HOLD_US }));
  await bed.world.clock.sleep(2 * HOLD_US);
  const { result, tookUs } = await bed.connect();
  assertEquals(result.kind, "connected");
  assert(tookUs >= HOLD_US, `it took ${tookUs} us`);
});

Deno.test("a condition of a later connect phase leaves the connects of this one alone", async () => {
  const spec: ShimSpec = [{ role: "main", phase: 1, connect: { kind: "refuse" } }];
  await using bed = await ProxyBed.open({ spec, phase: 0 });
  await bed.connectBoth();
  const later = await bed.proxy.open({
    listen: { kind: "unix", path: `${pathOf(bed)}-1` },
    forward: bed.listener.address,
    phase: 1,
  });
  const result = await bed.world.network.connect(later, "main").wait();
  assertEquals(result, { kind: "failed", cause: "Connection refused" });
});

Deno.test("a connection that is accepted late goes behind the next one", async () => {
  await using bed = await ProxyBed.open();
  await bed.proxy.setLate([{ role: "main", phase: 0, us: 3_600_000_000, orBehindNext: true }]);
  for (const number of [0, 1]) {
    const { result } = await bed.connect();
    assert(result.kind === "connected");
    await result.channel.write(byte(number));
  }
  const first = await bed.listener.accept();
  const second = await bed.listener.accept();
  assertEquals(await readExactly(first!, 1), byte(1));
  assertEquals(await readExactly(second!, 1), byte(0));
});

Deno.test("a connection that waits to be handed on late goes on when that is healed", async () => {
  await using bed = await ProxyBed.open();
  await bed.proxy.setLate([{ role: "main", phase: 0, us: 3_600_000_000, orBehindNext: true }]);
  assertEquals((await bed.connect()).result.kind, "connected");
  await bed.proxy.setLate([]);
  assert(await bed.listener.accept() !== null);
});

Deno.test("a proxy breaks the connections of a role, and no others", async () => {
  await using bed = await ProxyBed.open();
  const main = await bed.connectBoth();
  const preempt = await bed.connectBoth();
  await bed.proxy.resetConnections("preempt");
  assertEquals(await preempt.far.read(new Uint8Array(1)), null);
  await main.near.write(byte(7));
  assertEquals(await readExactly(main.far, 1), byte(7));
});

Deno.test("a connection that nobody listens for any more is broken", async () => {
  await using bed = await ProxyBed.open();
  bed.listener.close();
  const { result } = await bed.connect();
  assert(result.kind === "connected");
  const end = result.channel.read(new Uint8Array(1)).catch((error) => error.failure);
  assert([null, "reset"].includes(await end));
});

Deno.test("an address that is taken is refused by name", async () => {
  await using bed = await ProxyBed.open();
  const route = { listen: bed.address, forward: bed.listener.address, phase: 1 };
  await assertRejects(() => bed.proxy.open(route), AddressError, pathOf(bed));
});

Deno.test("a receiver that does not read stops its own sender, and no other connection", async () => {
  const delay = { timeUs: 1000, jitterUs: 0, distribution: "uniform" } as const;
  await using bed = await ProxyBed.open({ spec: [{ role: "main", traffic: { delay } }] });
  const main = await bed.connectBoth();
  const preempt = await bed.connectBoth();
  const sent = new Uint8Array(16 << 20).fill(3);
  const writing = main.near.write(sent);
  await preempt.near.write(byte(1));
  assertEquals(await readExactly(preempt.far, 1), byte(1));
  assertEquals(await readExactly(main.far, sent.length), sent);
  await writing;
});

Deno.test("bytes go on at a link's rate and after its delay, never before", async () => {
  const timeUs = 50_000;
  const traffic: TrafficCondition = {
    delay: { timeUs, jitterUs: 0, distribution: "uniform" },
    rate: { bytesPerSecond: 1_000_000, of: "link" },
  };
  const direction = "source-to-destination";
  await using bed = await ProxyBed.open({ spec: [{ role: "main", direction, traffic }] });
  const { near, far } = await bed.connectBoth();
  const startUs = bed.world.clock.now();
  await near.write(new Uint8Array(100_000));
  await readExactly(far, 100_000);
  assert(bed.world.clock.now() - startUs >= timeUs + 100_000);
  await far.write(byte(1));
  await readExactly(near, 1);
});

Deno.test("whatever is written in whatever pieces comes out unchanged under any conditions", async () => {
  const delay = { timeUs: 500, jitterUs: 400, distribution: "normal" } as const;
  const conditions: TrafficCondition[] = [
    {},
    { delay },
    { rate: { bytesPerSecond: 5_000_000, of: "channel" } },
    { limitBytes: 1000, delay },
  ];
  await using bed = await ProxyBed.open();
  const { near, far } = await bed.connectBoth();
  const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 5000 }), { maxLength: 20 });
  const steps = fc.array(fc.record({ condition: fc.constantFrom(...conditions, null), pieces }), {
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      for (const { condition, pieces } of all) {
        await bed.proxy.setShim(condition === null ? [] : [{ role: "main", traffic: condition }]);
        for (const [from, to] of [[near, far], [far, near]] as const) {
          const sent = Uint8Array.from(pieces.flatMap((piece) => [...piece]));
          const received = readExactly(to, sent.length);
          for (const piece of pieces) await from.write(piece);
          assertEquals(await received, sent);
        }
      }
    }),
    { numRuns: 25 },
  );
});

function pathOf({ address }: ProxyBed): string {
  assert(address.kind === "unix");
  return address.path;
}
