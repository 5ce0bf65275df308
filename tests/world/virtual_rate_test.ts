import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { ShimSpec, TrafficCondition } from "../../lib/netem/conditions.ts";
import type { Channel, World } from "../../lib/world/world.ts";
import type { Simulation, SimulationOptions } from "../../lib/world/virtual/simulation.ts";
import { readExactly } from "./contract_clause.ts";
import { runFree, transferUs, withChannels } from "./virtual_bed.ts";

const run = (
  shim: ShimSpec,
  main: (world: World, simulation: Simulation) => Promise<void>,
  options: Partial<SimulationOptions> = {},
) => runFree({ link: { latencyUs: 10 }, shim, ...options }, main);

/** How long two channels take that send so many bytes each at the same time, in microseconds. */
async function transferBothUs(
  world: World,
  near: readonly Channel[],
  far: readonly Channel[],
  bytes: readonly [number, number],
): Promise<[number, number]> {
  let firstUs = 0;
  const first = world.mainLoop.spawn("first", async () => {
    firstUs = await transferUs(world, near[0]!, far[0]!, bytes[0]);
  });
  const secondUs = await transferUs(world, near[1]!, far[1]!, bytes[1]);
  await first.join();
  return [firstUs, secondUs];
}

Deno.test("rate of a channel takes bytes / rate, whatever other channels do", async () => {
  const traffic: TrafficCondition = { rate: { bytesPerSecond: 1e6, of: "channel" } };
  await run([{ role: "main", traffic }, { role: "preempt", traffic }], async (world) => {
    await withChannels(world, ["main", "preempt"], async (near, far) => {
      assertEquals(await transferBothUs(world, near, far, [150_000, 150_000]), [150_010, 150_010]);
    });
  });
});

Deno.test("rate of the link is shared fairly, and a lone channel has all of it", async () => {
  const traffic: TrafficCondition = { rate: { bytesPerSecond: 1e6, of: "link" } };
  await run([{ role: "main", traffic }, { role: "preempt", traffic }], async (world) => {
    await withChannels(world, ["main", "preempt"], async (near, far) => {
      const [mainUs, preemptUs] = await transferBothUs(world, near, far, [300_000, 150_000]);
      // Half each while both send; the rest of main's bytes at the full rate. A segment of 1500 bytes takes 1500 us.
      assertAlmostEquals(preemptUs, 300_010, 1500);
      assertEquals(mainUs, 450_010);
      assertEquals(await transferUs(world, far[0]!, near[0]!, 150_000), 150_010, "full duplex");
    });
  });
});

Deno.test("rate of the link is the first rule's for all channels, whatever the others say", async () => {
  const of = (bytesPerSecond: number): TrafficCondition => ({
    rate: { bytesPerSecond, of: "link" },
  });
  const shim: ShimSpec = [{ role: "main", traffic: of(1e6) }, {
    role: "preempt",
    traffic: of(2e6),
  }];
  await run(shim, async (world) => {
    await withChannels(world, ["preempt"], async ([preempt], [far]) => {
      assertEquals(await transferUs(world, preempt!, far!, 150_000), 150_010);
    });
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
        const holds = simulation.holds().map(({ phase, record, enqueuedUs, releasedUs }) => [
          `record ${record} of phase ${phase}`,
          enqueuedUs - startUs,
          releasedUs - startUs,
        ]);
        assertEquals(holds, [
          ["record 0 of phase 0", 0, 3700],
          ["record 1 of phase 0", 1000, 4700],
        ]);
        assertEquals(world.clock.now() - startUs, 4710, "the link's latency is not the shim's");
      });
      simulation.setConnectPhase(1);
      await withChannels(world, ["preempt"], async ([preempt]) => {
        await preempt!.write(new Uint8Array(10));
        assertEquals(simulation.holds().length, 2, "no condition, no hold");
        simulation.setShim([{ role: "preempt", traffic: { rate } }]);
        await preempt!.write(new Uint8Array(10));
        await world.clock.sleep(1000);
        const { phase, record } = simulation.holds()[2]!;
        assertEquals([phase, record], [1, 1], "but it counts");
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

Deno.test("Simulation.holds() has one hold for a write that the limit cuts, and none for what was reset", async () => {
  const traffic: TrafficCondition = {
    rate: { bytesPerSecond: 1e6, of: "channel" },
    limitBytes: 1000,
  };
  await run([{ role: "preempt", traffic }], async (world, simulation) => {
    await withChannels(world, ["preempt"], async ([near], [far]) => {
      const startUs = world.clock.now();
      assertEquals(await transferUs(world, near!, far!, 5000), 5050);
      const [hold] = simulation.holds();
      assertEquals([hold?.enqueuedUs, hold?.releasedUs], [startUs, startUs + 5040]);
      await near!.write(new Uint8Array(1000));
      near!.reset();
      await world.clock.sleep(10_000);
      assertEquals(simulation.holds().length, 1);
    });
  });
});

Deno.test("a channel that is reset gives its share of the link back at once", async () => {
  const traffic: TrafficCondition = { rate: { bytesPerSecond: 1e6, of: "link" } };
  const shim: ShimSpec = [{ role: "main", traffic }, { role: "preempt", traffic }];
  for (const reset of ["by its owner", "by the network"]) {
    await run(shim, async (world, simulation) => {
      await withChannels(world, ["main", "preempt"], async ([main, preempt], [_, preemptFar]) => {
        await main!.write(new Uint8Array(1 << 20));
        await world.clock.sleep(50_000);
        if (reset === "by its owner") main!.reset();
        else simulation.faults.reset(simulation.faults.connections()[0]!.id);
        const us = await transferUs(world, preempt!, preemptFar!, 15_000);
        assertAlmostEquals(us, 15_010, 1500, "the segment being sent goes first");
      });
    });
  }
});
