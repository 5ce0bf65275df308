import { assert, assertEquals } from "@std/assert";
import type { ShimSpec } from "../../lib/netem/conditions.ts";
import type { ConnectResult, World } from "../../lib/world/world.ts";
import type { Simulation, SimulationOptions } from "../../lib/world/virtual/simulation.ts";
import { failureOf, patternBytes, readExactly } from "./contract_clause.ts";
import { ADDRESS, runFree, transferUs, withChannels } from "./virtual_bed.ts";

const run = (
  shim: ShimSpec,
  main: (world: World, simulation: Simulation) => Promise<void>,
  options: Partial<SimulationOptions> = {},
) => runFree({ link: { latencyUs: 10 }, shim, ...options }, main);

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
