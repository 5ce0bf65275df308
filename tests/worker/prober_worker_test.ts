import { assert, assertEquals } from "@std/assert";
import type { ProberReply, ProberRequest } from "../../lib/worker/prober_worker.ts";
import { WorkerClient } from "../../lib/worker/worker_client.ts";
import type { Address } from "../../lib/world/address.ts";
import { openRealtimeWorld } from "../../lib/world/realtime/realtime_world.ts";
import { TimerWorker } from "../../lib/world/realtime/shared_timer.ts";
import { serveMonitor } from "../measure/fake_monitor.ts";

const INTERVAL_US = 2000;

/** How often each monitor is asked before the prober is stopped. */
const QUESTIONS = 5;

function prober(): WorkerClient<ProberRequest, ProberReply> {
  const module = new URL("../../lib/worker/prober_worker.ts", import.meta.url);
  return new WorkerClient(module, { name: "prober", last: { kind: "stop" } });
}

Deno.test("prober_worker asks every monitor until it is stopped", async () => {
  await using timer = new TimerWorker();
  await using worker = prober();
  const folder = await Deno.makeTempDir({ prefix: "faultline-" });
  const world = openRealtimeWorld({ seed: 1, timer: timer.timer });
  const monitors = ["source", "destination"].map((name): { name: string; address: Address } => ({
    name,
    address: { kind: "unix", path: `${folder}/${name}` },
  }));
  const asked = monitors.map(() => 0);
  const servers = monitors.map(({ address }, index) => {
    const listener = world.network.listen(address, "qmp");
    return world.mainLoop.spawn("monitor", async () => {
      const channel = await listener.accept();
      listener.close();
      if (channel === null) return;
      await serveMonitor(world, channel, (n) => {
        asked[index] = n;
        return Promise.resolve(true);
      });
    });
  });

  const start = {
    kind: "start",
    monitors,
    intervalUs: INTERVAL_US,
    answerTimeoutUs: 60_000_000,
    timer: timer.timer,
  } as const;
  assertEquals(await worker.ask(start), { kind: "started" });
  while (asked.some((n) => n < QUESTIONS)) await world.clock.sleep(INTERVAL_US);
  const measured = await worker.end();
  for (const server of servers) await server.join();
  await world.close();
  await Deno.remove(folder, { recursive: true });

  assert(measured.kind === "measured");
  assertEquals([...measured.monitors.keys()], ["source", "destination"]);
  for (const { roundTrip, longestSilenceUs } of measured.monitors.values()) {
    assert(roundTrip!.count > 1);
    assert(longestSilenceUs > 0 && longestSilenceUs <= roundTrip!.maxUs);
  }
});

Deno.test("prober_worker refuses a monitor that it cannot reach, and says which", async () => {
  await using timer = new TimerWorker();
  await using worker = prober();
  const address: Address = { kind: "unix", path: "/nowhere/qmp" };
  const refused = await worker.ask({
    kind: "start",
    monitors: [{ name: "source", address }],
    intervalUs: INTERVAL_US,
    answerTimeoutUs: 60_000_000,
    timer: timer.timer,
  });
  assert(refused.kind === "refused");
  assert(refused.cause.startsWith("Cannot probe source at unix:/nowhere/qmp: "));
});
