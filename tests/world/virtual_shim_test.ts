import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { ShimSpec, TrafficCondition } from "../../lib/netem/conditions.ts";
import type { Address } from "../../lib/world/address.ts";
import type { Channel, ConnectResult, World } from "../../lib/world/world.ts";
import { isClean } from "../../lib/world/virtual/outcome.ts";
import { Simulation, type SimulationOptions } from "../../lib/world/virtual/simulation.ts";
import { failureOf, patternBytes, readExactly } from "./contract_clause.ts";

const ADDRESS: Address = { kind: "unix", path: "/run/d" };

/** The connect worker's work is free here, so that only link and shim take time. */
async function run(
  shim: ShimSpec,
  main: (world: World, simulation: Simulation) => Promise<void>,
  options: Partial<SimulationOptions> = {},
): Promise<void> {
  const simulation = new Simulation({ seed: 1, link: { latencyUs: 10 }, shim, ...options });
  const world = simulation.world("world", { charged: false });
  const outcome = await simulation.run(() =>
    world.mainLoop.spawn("body", () => main(world, simulation)).join()
  );
  assertEquals(isClean(outcome), true, JSON.stringify(outcome));
}

/** Connects a channel for each role and hands them over: near ends, then far ends. */
async function withChannels(
  { network }: World,
  roles: readonly ("main" | "preempt" | "qmp")[],
  body: (near: readonly Channel[], far: readonly Channel[]) => Promise<void>,
): Promise<void> {
  const listener = network.listen(ADDRESS, "main");
  const near: Channel[] = [];
  const far: Channel[] = [];
  for (const role of roles) {
    const result = await network.connect(ADDRESS, role).wait();
    assert(result.kind === "connected");
    near.push(result.channel);
    far.push((await listener.accept())!);
  }
  await body(near, far);
  for (const end of [listener, ...near, ...far]) end.close();
}

/** When a write of `bytes` has arrived whole, counted from now. */
async function transferUs(
  { clock, mainLoop }: World,
  from: Channel,
  to: Channel,
  bytes: number,
): Promise<number> {
  const startUs = clock.now();
  const writer = mainLoop.spawn("writer", () => from.write(patternBytes(bytes)));
  const received = await readExactly(to, bytes);
  await writer.join();
  assertEquals(received, patternBytes(bytes));
  return clock.now() - startUs;
}

/** Time and result of a connect to a listener that is there. */
async function connectOnce(
  { clock, network }: World,
  role: "main" | "preempt" | "qmp",
): Promise<[result: ConnectResult["kind"], us: number]> {
  const listener = network.listen(ADDRESS, "main");
  const startUs = clock.now();
  const result = await network.connect(ADDRESS, role).wait();
  const us = clock.now() - startUs;
  if (result.kind === "connected") {
    result.channel.close();
    (await listener.accept())?.close();
  }
  listener.close();
  return [result.kind, us];
}

Deno.test("connect delay adds exactly its time, to its own role and phase", async () => {
  const shim: ShimSpec = [
    { role: "preempt", phase: 1, connect: { kind: "delay", delayUs: 250_000 } },
    { role: "preempt", phase: 2, connect: { kind: "refuse" } },
  ];
  await run(shim, async (world, simulation) => {
    assertEquals(await connectOnce(world, "preempt"), ["connected", 20]);
    simulation.setConnectPhase(1);
    assertEquals(await connectOnce(world, "preempt"), ["connected", 250_020]);
    assertEquals(await connectOnce(world, "main"), ["connected", 20]);
    assertEquals(await connectOnce(world, "qmp"), ["connected", 30]);
    simulation.setConnectPhase(2);
    assertEquals(await connectOnce(world, "preempt"), ["failed", 20]);
  });
});

Deno.test("connect refuse fails with the cause of a closed port", async () => {
  await run([{ role: "main", connect: { kind: "refuse" } }], async ({ network }) => {
    const listener = network.listen(ADDRESS, "main");
    const result = await network.connect(ADDRESS, "main").wait();
    assertEquals(result, { kind: "failed", cause: "Connection refused" });
    listener.close();
  });
});

Deno.test("connect hang ends by abort, or when the shim lets go", async () => {
  const hang: ShimSpec = [{ role: "preempt", connect: { kind: "hang" } }];
  await run(hang, async ({ clock, mainLoop, network }, simulation) => {
    const listener = network.listen(ADDRESS, "main");
    const [aborted, released] = [1, 2].map(() => network.connect(ADDRESS, "preempt"));
    const results: string[] = [];
    const threads = [aborted!, released!].map((operation, i) =>
      mainLoop.spawn(`connect ${i}`, async () => {
        const result = await operation.wait();
        results.push(`${result.kind} at ${clock.now()}`);
        if (result.kind === "connected") result.channel.close();
      })
    );
    await clock.sleep(1e6);
    aborted!.abort();
    await clock.sleep(1e6);
    simulation.setShim(hang);
    await clock.sleep(1e6);
    simulation.setShim([]);
    for (const thread of threads) await thread.join();
    assertEquals(results, ["failed at 1000000", "connected at 3000020"]);
    (await listener.accept())?.close();
    listener.close();
  });
});

Deno.test("connect reset is accepted, then reset on both sides", async () => {
  await run([{ role: "preempt", connect: { kind: "reset" } }], async (world) => {
    await withChannels(world, ["preempt"], async ([near], [far]) => {
      for (const end of [near!, far!]) {
        assertEquals(await failureOf(() => end.read(new Uint8Array(1))), "reset");
        assertEquals(await failureOf(() => end.write(new Uint8Array(1))), "reset");
      }
    });
  });
});

Deno.test("traffic delay adds exactly its time, to its own role and direction", async () => {
  const delay = { timeUs: 5000, jitterUs: 0, distribution: "uniform" } as const;
  const shim: ShimSpec = [
    { role: "preempt", direction: "source-to-destination", traffic: { delay } },
    { role: "preempt", traffic: { delay: { ...delay, timeUs: 100 } } },
  ];
  await run(shim, async (world) => {
    await withChannels(
      world,
      ["main", "preempt"],
      async ([main, preempt], [mainFar, preemptFar]) => {
        assertEquals(await transferUs(world, main!, mainFar!, 100), 10);
        assertEquals(await transferUs(world, preempt!, preemptFar!, 100), 5010);
        assertEquals(await transferUs(world, preemptFar!, preempt!, 100), 110);
      },
    );
  });
});

Deno.test("traffic jitter never reorders, and comes from the seed", async () => {
  const delay = { timeUs: 5000, jitterUs: 4000, distribution: "normal" } as const;
  async function arrivals(seed: number): Promise<readonly number[]> {
    const times: number[] = [];
    await run([{ role: "main", traffic: { delay } }], async (world) => {
      await withChannels(world, ["main"], async ([near], [far]) => {
        const reader = world.mainLoop.spawn("reader", async () => {
          const bytes = await readExactly(far!, 400, 4);
          times.push(world.clock.now());
          assertEquals(bytes, patternBytes(400));
        });
        for (let i = 0; i < 100; i++) {
          await near!.write(patternBytes(4, 4 * i));
          await world.clock.sleep(1000);
        }
        await reader.join();
      });
    }, { seed });
    return times;
  }
  assertEquals(await arrivals(1), await arrivals(1));
  assert((await arrivals(1))[0] !== (await arrivals(2))[0]);
});

Deno.test("rate of a channel takes bytes / rate, whatever other channels do", async () => {
  const traffic: TrafficCondition = { rate: { bytesPerSecond: 1e6, of: "channel" } };
  await run([{ role: "main", traffic }, { role: "preempt", traffic }], async (world) => {
    await withChannels(
      world,
      ["main", "preempt"],
      async ([main, preempt], [mainFar, preemptFar]) => {
        let mainUs = 0;
        const other = world.mainLoop.spawn("other", async () => {
          mainUs = await transferUs(world, main!, mainFar!, 150_000);
        });
        assertEquals(await transferUs(world, preempt!, preemptFar!, 150_000), 150_010);
        await other.join();
        assertEquals(mainUs, 150_010);
      },
    );
  });
});

Deno.test("rate of the link is shared fairly, and a lone channel has all of it", async () => {
  const traffic: TrafficCondition = { rate: { bytesPerSecond: 1e6, of: "link" } };
  await run([{ role: "main", traffic }, { role: "preempt", traffic }], async (world) => {
    await withChannels(
      world,
      ["main", "preempt"],
      async ([main, preempt], [mainFar, preemptFar]) => {
        let mainUs = 0;
        const other = world.mainLoop.spawn("other", async () => {
          mainUs = await transferUs(world, main!, mainFar!, 300_000);
        });
        const preemptUs = await transferUs(world, preempt!, preemptFar!, 150_000);
        await other.join();
        // Half each while both send; the rest of main's bytes at the full rate. A segment of 1500 bytes takes 1500 us.
        assertAlmostEquals(preemptUs, 300_010, 1500);
        assertEquals(mainUs, 450_010);
        assertEquals(await transferUs(world, mainFar!, main!, 150_000), 150_010, "full duplex");
      },
    );
  });
});

Deno.test("a page waits behind the buffer of its own channel, not behind the other one's", async () => {
  const traffic: TrafficCondition = {
    rate: { bytesPerSecond: 64e6, of: "link" },
    limitBytes: 1 << 20,
  };
  await run([{ role: "main", traffic }, { role: "preempt", traffic }], async (world) => {
    await withChannels(
      world,
      ["main", "preempt"],
      async ([main, preempt], [mainFar, preemptFar]) => {
        const { clock, mainLoop } = world;
        let stop = false;
        const stream = mainLoop.spawn("stream", async () => {
          while (!stop) await main!.write(new Uint8Array(65_536));
          main!.close();
        });
        let receivedBytes = 0;
        const sink = mainLoop.spawn("sink", async () => {
          const into = new Uint8Array(1 << 20);
          for (let count; (count = await mainFar!.read(into)) !== null;) receivedBytes += count;
        });
        await clock.sleep(100_000);
        const before = { bytes: receivedBytes, us: clock.now() };
        const onPreemptUs = await transferUs(world, preempt!, preemptFar!, 4096);
        assert(onPreemptUs < 250, `two segments at half the rate, received ${onPreemptUs}`);
        await clock.sleep(1e6);
        const rate = (receivedBytes - before.bytes) / (clock.now() - before.us);
        assertAlmostEquals(rate, 64, 0.1);
        stop = true;
        await stream.join();
        const lastUs = clock.now();
        await sink.join();
        assertAlmostEquals(clock.now() - lastUs, (1 << 20) / 64, 1100, "the buffer takes 16.4 ms");
      },
    );
  });
});

Deno.test("limit is what a writer may be ahead; 1 MiB for a conditioned channel", async () => {
  const rate = { bytesPerSecond: 1e6, of: "channel" } as const;
  for (const [limitBytes, expected] of [[10_000, 10_000], [undefined, 1 << 20]] as const) {
    const traffic = { rate, ...(limitBytes === undefined ? {} : { limitBytes }) };
    await run([{ role: "main", traffic }], async (world) => {
      await withChannels(world, ["main"], async ([near], [far]) => {
        await near!.write(new Uint8Array(expected));
        const startUs = world.clock.now();
        const reader = world.mainLoop.spawn("reader", async () => {
          await readExactly(far!, expected + 1);
        });
        await near!.write(new Uint8Array(1));
        assertEquals(world.clock.now() - startUs, Math.min(1500, expected) + 10);
        await reader.join();
      });
    });
  }
});

Deno.test("Simulation.setShim() changes the traffic of open channels, what they hold included", async () => {
  const slow: ShimSpec = [{
    role: "main",
    traffic: { rate: { bytesPerSecond: 1000, of: "channel" }, limitBytes: 4000 },
  }];
  await run(slow, async (world, simulation) => {
    await withChannels(world, ["main"], async ([near], [far]) => {
      const { clock, mainLoop } = world;
      const healer = mainLoop.spawn("healer", async () => {
        await clock.sleep(1_000_000);
        simulation.setShim([]);
      });
      assertEquals(await transferUs(world, near!, far!, 100_000), 1_000_010);
      await healer.join();
      simulation.setShim(slow);
      assertEquals(await transferUs(world, near!, far!, 2000), 2_000_010);
    });
  });
});

Deno.test("Simulation.holds() says when the shim let go of each write on a conditioned preempt channel", async () => {
  const delay = { timeUs: 700, jitterUs: 0, distribution: "uniform" } as const;
  const rate = { bytesPerSecond: 1e6, of: "channel" } as const;
  await run(
    [{ role: "preempt", phase: 0, traffic: { delay, rate } }, { role: "main", traffic: { delay } }],
    async (world, simulation) => {
      await withChannels(world, ["preempt", "main"], async ([preempt, main], [far]) => {
        const startUs = world.clock.now();
        await preempt!.write(new Uint8Array(3000));
        await world.clock.sleep(1000);
        await preempt!.write(new Uint8Array(1000));
        await main!.write(new Uint8Array(10));
        await far!.write(new Uint8Array(10));
        await readExactly(far!, 4000);
        const holds = simulation.holds().map(({ enqueuedUs, releasedUs }) => [
          enqueuedUs - startUs,
          releasedUs - startUs,
        ]);
        assertEquals(holds, [[0, 3700], [1000, 4700]]);
        assertEquals(world.clock.now() - startUs, 4710, "the link's latency is not the shim's");
      });
      simulation.setConnectPhase(1);
      await withChannels(world, ["preempt"], async ([preempt]) => {
        await preempt!.write(new Uint8Array(10));
        assertEquals(simulation.holds().length, 2, "no condition, no hold");
      });
    },
  );
});

Deno.test("a link of its own rate is shared by all main and preempt channels, and by no others", async () => {
  await run([], async (world, simulation) => {
    await withChannels(world, ["main", "qmp"], async ([main, qmp], [mainFar, qmpFar]) => {
      let mainUs = 0;
      const stream = world.mainLoop.spawn("stream", async () => {
        mainUs = await transferUs(world, main!, mainFar!, 15_000);
      });
      assertEquals(await transferUs(world, qmp!, qmpFar!, 15_000), 15);
      await world.clock.sleep(5000);
      simulation.setShim([{ role: "preempt", connect: { kind: "hang" } }]);
      await stream.join();
      assertEquals(mainUs, 15_010);
    });
  }, { link: { latencyUs: 10, bytesPerSecond: 1e6 } });
});
