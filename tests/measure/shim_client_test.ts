import { assertEquals } from "@std/assert";
import { startProxyClient, startShimClient } from "../../lib/measure/shim_client.ts";
import type { ShimSpec } from "../../lib/netem/conditions.ts";
import { Proxy } from "../../lib/qemu/proxy/proxy.ts";
import { openRealtimeWorld, type RealtimeWorld } from "../../lib/world/realtime/realtime_world.ts";
import { RunFolder } from "../../lib/world/realtime/run_folder.ts";
import { TimerWorker } from "../../lib/world/realtime/shared_timer.ts";

/** Gives a client in real time to `test`, and ends everything. */
async function withClient(
  spec: ShimSpec,
  test: (client: ReturnType<typeof startShimClient>, world: RealtimeWorld) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  await using timer = new TimerWorker();
  const world = openRealtimeWorld({ seed: 1, timer: timer.timer });
  await test(startShimClient(world, spec, { kind: "unix", path: `${folder}/client` }), world);
  await world.close();
  await Deno.remove(folder, { recursive: true });
}

/** A spec that delays a connect. */
const delayed = (delayUs: number): ShimSpec => [
  { role: "preempt", connect: { kind: "delay", delayUs } },
];

Deno.test("startShimClient() connects five times with each delay, none of them too early", async () => {
  await withClient(
    [...delayed(1000), ...delayed(2000), ...delayed(1000)],
    async (client, world) => {
      while (client.errorsUs.length < 10) await world.clock.sleep(10_000);
      assertEquals((await client.stop()).filter((us) => us < 0), []);
    },
  );
});

Deno.test("startShimClient() gives up a connect that goes on when it is stopped, and does not count it", async () => {
  await withClient(delayed(3_600_000_000), async (client) => {
    assertEquals(await client.stop(), []);
    assertEquals(await client.stop(), []);
  });
});

Deno.test("startShimClient() has nothing to connect for where no connect is delayed", async () => {
  await withClient([{ role: "preempt", connect: { kind: "refuse" } }], async (client) => {
    assertEquals(await client.stop(), []);
  });
});

Deno.test("startProxyClient() sees how late a proxy lets its connects go, none of them too early", async () => {
  await using folder = await RunFolder.open();
  const world = openRealtimeWorld({ seed: 1 });
  const spec: ShimSpec = [
    { role: "preempt", phase: 1, connect: { kind: "delay", delayUs: 3000 } },
    { role: "preempt", phase: 0, connect: { kind: "hang" } },
  ];
  {
    await using proxy = await Proxy.start({ originMs: world.originMs, seed: 1, spec, tap: true });
    const client = startProxyClient(world, { proxy, spec, folder: folder.path });
    while (client.errorsUs.length < 5) await world.clock.sleep(10_000);
    assertEquals((await client.stop()).filter((us) => us < 0), []);
    // Nobody takes them for connects of a migration.
    assertEquals(await proxy.connects(), []);
    assertEquals((await proxy.report())?.sessions, []);
  }
  await world.close();
});
