import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Address, AddressError } from "../../lib/world/address.ts";
import type { Channel, ChannelRole, World } from "../../lib/world/world.ts";
import { COST_TABLE } from "../../lib/world/virtual/cost_table.ts";
import { isClean } from "../../lib/world/virtual/outcome.ts";
import { Simulation, type SimulationOptions } from "../../lib/world/virtual/simulation.ts";
import { acceptFrom, connectTo, failureOf, patternBytes, readExactly } from "./contract_clause.ts";
import { ADDRESS, closeAll, runFree } from "./virtual_bed.ts";

const run = (
  main: (near: World, simulation: Simulation) => Promise<void>,
  options: Partial<SimulationOptions> = {},
) => runFree({ link: { latencyUs: 20 }, ...options }, main);

/** A channel of `role` from `near` to a listener of its own. */
async function connect(near: World, role: ChannelRole): Promise<[near: Channel, far: Channel]> {
  const listener = near.network.listen(ADDRESS, role);
  const result = await near.network.connect(ADDRESS, role).wait();
  const far = await listener.accept();
  listener.close();
  assert(result.kind === "connected" && far !== null);
  return [result.channel, far];
}

Deno.test("a byte takes the link's latency on main and preempt channels, and 15 us on qmp and probe channels", async () => {
  for (
    const [role, latencyUs] of [["main", 20], ["preempt", 20], ["qmp", 15], ["probe", 15]] as const
  ) {
    await run(async (world) => {
      const { clock } = world;
      const [near, far] = await connect(world, role);
      assertEquals(clock.now(), 2 * latencyUs);
      await clock.sleep(100 - clock.now());
      await near.write(patternBytes(10));
      assertEquals(clock.now(), 100);
      await far.read(new Uint8Array(64));
      assertEquals(clock.now(), 100 + latencyUs);
      closeAll(near, far);
    });
  }
});

Deno.test("what was written at one time arrives as one, and at two times as two", async () => {
  await run(async (world) => {
    const [near, far] = await connect(world, "main");
    await near.write(patternBytes(3));
    await near.write(patternBytes(4, 3));
    await world.clock.sleep(1);
    await near.write(patternBytes(5, 7));
    const into = new Uint8Array(64);
    assertEquals(await far.read(into), 7);
    assertEquals(await far.read(into.subarray(7)), 5);
    assertEquals(into.subarray(0, 12), patternBytes(12));
    closeAll(near, far);
  });
});

Deno.test("Channel.close() reaches the peer after the bytes, and Channel.reset() instead of them", async () => {
  await run(async (world) => {
    const [near, far] = await connect(world, "main");
    const startUs = world.clock.now();
    await near.write(patternBytes(10));
    near.close();
    assertEquals(await readExactly(far, 10), patternBytes(10));
    assertEquals(await far.read(new Uint8Array(1)), null);
    assertEquals(world.clock.now() - startUs, 20);
    closeAll(near, far);
  });
  await run(async (world) => {
    const [near, far] = await connect(world, "main");
    const startUs = world.clock.now();
    await near.write(patternBytes(10));
    near.reset();
    assertEquals(await failureOf(() => far.read(new Uint8Array(1))), "reset");
    assertEquals(world.clock.now() - startUs, 20);
    assertEquals(await failureOf(() => far.write(new Uint8Array(1))), "reset");
    far.close();
  });
});

Deno.test("Channel.write() takes as much as the buffer holds, and the rest as the peer reads", async () => {
  await run(async (world) => {
    const [near, far] = await connect(world, "main");
    await near.write(new Uint8Array(1000));
    let wroteAtUs = 0;
    const writer = world.mainLoop.spawn("writer", async () => {
      await near.write(new Uint8Array(500));
      wroteAtUs = world.clock.now();
    });
    await world.clock.sleep(500);
    await readExactly(far, 499);
    await world.clock.sleep(500);
    assertEquals(wroteAtUs, 0);
    const readAtUs = world.clock.now();
    await readExactly(far, 1);
    await writer.join();
    assertEquals(wroteAtUs, readAtUs);
    assertEquals((await readExactly(far, 1000)).length, 1000);
    closeAll(near, far);
  }, { link: { latencyUs: 20, bufferBytes: 1000 } });
});

Deno.test("system calls and connects have their price on a charged loop", async () => {
  const costs = { ...COST_TABLE, "system-call": 5, "connect": 100 };
  const simulation = new Simulation({ seed: 1, costs, link: { latencyUs: 20 } });
  const world = simulation.world("engine");
  const { clock, mainLoop } = world;
  const outcome = await simulation.run(() =>
    mainLoop.spawn("body", async () => {
      const [near, far] = await connect(world, "main");
      // Connect worker 100, there and back 40; accept.
      assertEquals(clock.now(), 140);
      await mainLoop.turn();
      assertEquals(clock.now(), 145);
      await near.write(new Uint8Array(8));
      await near.write(new Uint8Array(8));
      assertEquals(clock.now(), 150);
      await mainLoop.turn();
      assertEquals(clock.now(), 155);
      closeAll(near, far);
    }).join()
  );
  assertEquals(isClean(outcome), true);
});

Deno.test("Network.connect() is refused after a round trip where nobody listens", async () => {
  await run(async ({ clock, network }) => {
    const unix = await network.connect(ADDRESS, "main").wait();
    assertEquals(unix, { kind: "failed", cause: "No such file or directory" });
    assertEquals(clock.now(), 40);
    const tcp = await network.connect({ kind: "tcp", host: "d", port: 1 }, "main").wait();
    assertEquals(tcp, { kind: "failed", cause: "Connection refused" });
  });
});

Deno.test("Network.connect() waits while the listener's queue is full, and goes on when one is accepted", async () => {
  await run(async ({ clock, mainLoop, network }) => {
    const listener = network.listen(ADDRESS, "main");
    const channels: Channel[] = [];
    const log: string[] = [];
    const threads = [0, 1, 2].map((i) =>
      mainLoop.spawn(`connect ${i}`, async () => {
        const result = await network.connect(ADDRESS, "main").wait();
        assert(result.kind === "connected");
        channels.push(result.channel);
        log.push(`${i} at ${clock.now()}`);
      })
    );
    for (const atUs of [1000, 2000, 3000]) {
      await clock.sleep(atUs - clock.now());
      channels.push((await listener.accept())!);
    }
    for (const thread of threads) await thread.join();
    assertEquals(log, ["0 at 40", "1 at 1020", "2 at 2020"]);
    closeAll(listener, ...channels);
  }, { link: { latencyUs: 20, backlog: 1 } });
});

Deno.test("Listener.close() refuses who waits for its queue, and resets who waits in it", async () => {
  await run(async ({ clock, mainLoop, network }) => {
    const listener = network.listen(ADDRESS, "main");
    const result = await network.connect(ADDRESS, "main").wait();
    const waiting = mainLoop.spawn("waiting", async () => {
      const result = await network.connect(ADDRESS, "main").wait();
      assertEquals(result, { kind: "failed", cause: "Connection refused" });
    });
    await clock.sleep(100);
    listener.close();
    await waiting.join();
    assert(result.kind === "connected");
    assertEquals(await failureOf(() => result.channel.read(new Uint8Array(1))), "reset");
    result.channel.close();
  }, { link: { latencyUs: 20, backlog: 1 } });
});

Deno.test("ConnectOperation.abort() ends a connect that waits for the listener's queue", async () => {
  await run(async ({ clock, mainLoop, network }) => {
    const listener = network.listen(ADDRESS, "main");
    const queued = await connectTo({ near: { network } }, listener);
    const operation = network.connect(ADDRESS, "main");
    const waiter = mainLoop.spawn("waiter", async () => {
      assertEquals(await operation.wait(), { kind: "failed", cause: "aborted" });
      assertEquals(clock.now(), 140);
    });
    await clock.sleep(100);
    operation.abort();
    await waiter.join();
    const accepted = await acceptFrom(listener);
    const acceptor = mainLoop.spawn("acceptor", async () => {
      assertEquals(await listener.accept(), null, "nothing is left of the aborted one");
    });
    await clock.sleep(1000);
    closeAll(listener, queued, accepted);
    await acceptor.join();
  }, { link: { latencyUs: 20, backlog: 1 } });
});

Deno.test("ConnectOperation.abort() between admission and answer ends the accepted channel", async () => {
  await run(async ({ clock, network }) => {
    const listener = network.listen(ADDRESS, "main");
    const operation = network.connect(ADDRESS, "main");
    const accepted = await acceptFrom(listener);
    assertEquals(clock.now(), 20);
    operation.abort();
    assertEquals(await operation.wait(), { kind: "failed", cause: "aborted" });
    assertEquals(await accepted.read(new Uint8Array(1)), null);
    closeAll(listener, accepted);
  });
});

Deno.test("Network.listen() gives port 0 the next free port", async () => {
  await run(({ network }) => {
    const tcp = (port: number): Address => ({ kind: "tcp", host: "d", port });
    const taken = network.listen(tcp(49_153), "main");
    const listeners = [0, 0].map((port) => network.listen(tcp(port), "main"));
    assertEquals(listeners.map(({ address }) => address), [tcp(49_152), tcp(49_154)]);
    const error = assertThrows(() => network.listen(tcp(49_153), "main"), AddressError);
    assertEquals(
      error.message,
      'Cannot listen at "tcp:d:49153": expected a free address, received one in use',
    );
    closeAll(taken, ...listeners);
    return Promise.resolve();
  });
});
