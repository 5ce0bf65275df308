import { assertEquals } from "@std/assert";
import { startShimClient } from "../../lib/measure/shim_client.ts";
import type { ShimSpec } from "../../lib/netem/conditions.ts";
import { openRealtimeWorld, type RealtimeWorld } from "../../lib/world/realtime/realtime_world.ts";
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
