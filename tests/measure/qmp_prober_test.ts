import { assert, assertEquals } from "@std/assert";
import { startQmpProber } from "../../lib/measure/qmp_prober.ts";
import type { QmpResponsiveness } from "../../lib/measure/query_silence.ts";
import { connectQmp } from "../../lib/qmp/qmp_client.ts";
import type { Address } from "../../lib/world/address.ts";
import { Simulation } from "../../lib/world/virtual/simulation.ts";
import type { World } from "../../lib/world/world.ts";
import { serveMonitor } from "./fake_monitor.ts";

const ADDRESS: Address = { kind: "unix", path: "/qmp" };
const INTERVAL_US = 5000;

/** Probes a monitor for `lastUs` of virtual time. */
async function probeVirtually(
  lastUs: number,
  before: (world: World, n: number) => Promise<boolean>,
): Promise<QmpResponsiveness> {
  const simulation = new Simulation({ seed: 1 });
  const [server, prober] = [simulation.world("server"), simulation.world("prober")];
  let figures: QmpResponsiveness | undefined;
  const outcome = await simulation.run(async () => {
    const listener = server.network.listen(ADDRESS, "qmp");
    server.mainLoop.spawn("monitor", async () => {
      const channel = await listener.accept();
      listener.close();
      if (channel !== null) await serveMonitor(server, channel, (n) => before(server, n));
    });
    const client = await connectQmp(prober, ADDRESS);
    const running = startQmpProber(prober, client, { intervalUs: INTERVAL_US });
    await prober.clock.sleep(lastUs);
    figures = await running.stop();
    await prober.clock.sleep(10_000_000);
  });
  assertEquals([outcome.kind, outcome.threads, outcome.channels], ["returned", [], []]);
  return figures!;
}

Deno.test("startQmpProber() asks at intended times and hears a server that answers", async () => {
  const figures = await probeVirtually(502_000, () => Promise.resolve(true));
  assertEquals(figures.roundTrip?.count, 100);
  assertEquals(figures.sendLateness?.maxUs, 0);
  assert(figures.longestSilenceUs < 1000);
});

Deno.test("startQmpProber() goes on asking a server that is silent, and finds its silence", async () => {
  const figures = await probeVirtually(1_002_000, async (world, n) => {
    if (n === 50) await world.clock.sleep(400_000);
    return true;
  });
  assertEquals(figures.roundTrip?.count, 200);
  assert(Math.abs(figures.longestSilenceUs - 400_000) < 1000, `${figures.longestSilenceUs} us`);
  assert(figures.roundTrip!.p99Us > 380_000);
});

Deno.test("startQmpProber() takes the end of the server for no silence", async () => {
  const figures = await probeVirtually(2_000_000, (_, n) => Promise.resolve(n < 50));
  assert(figures.longestSilenceUs < 1000);
  assert(figures.roundTrip!.count <= 51);
});

Deno.test("startQmpProber() counts a silence that lasts beyond the measurement up to its end", async () => {
  const figures = await probeVirtually(500_000, async (world, n) => {
    if (n === 50) await world.clock.sleep(5_000_000);
    return true;
  });
  assert(figures.longestSilenceUs > 200_000 && figures.longestSilenceUs < 260_000);
});
