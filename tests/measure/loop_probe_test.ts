import { assert, assertEquals } from "@std/assert";
import { answerProbes } from "../../lib/measure/answer_probe.ts";
import { startLoopProbe } from "../../lib/measure/loop_probe.ts";
import { type LoopResponsiveness, measureStalls } from "../../lib/measure/loop_stalls.ts";
import type { Address } from "../../lib/world/address.ts";
import { COST_TABLE } from "../../lib/world/virtual/cost_table.ts";
import { Simulation } from "../../lib/world/virtual/simulation.ts";
import type { World } from "../../lib/world/world.ts";

const PLANTED_US = 20_000;
const INTERVAL_US = 1000;

function addressOf(name: string): Address {
  return { kind: "unix", path: `/${name}-probe` };
}

/** Probes the loops "busy" and "idle" for `lastUs` of virtual time while `work` runs on the busy one. */
async function probeVirtually(
  lastUs: number,
  work: (busy: World) => Promise<void>,
): Promise<ReadonlyMap<string, LoopResponsiveness>> {
  const simulation = new Simulation({
    seed: 1,
    costs: { ...COST_TABLE, "qmp-command": PLANTED_US },
  });
  const figures = new Map<string, LoopResponsiveness>();
  const outcome = await simulation.run(async () => {
    const busy = simulation.world("busy");
    const prober = simulation.world("prober", { charged: false });
    const targets = [];
    const listeners = [];
    for (const name of ["busy", "idle"]) {
      const loop = simulation.world(name);
      const listener = loop.network.listen(addressOf(name), "probe");
      listeners.push(listener);
      loop.mainLoop.spawn("probe-listener", () => answerProbes(loop, listener));
      const connected = await prober.network.connect(addressOf(name), "probe").wait();
      assert(connected.kind === "connected");
      targets.push({ name, channel: connected.channel });
    }
    busy.mainLoop.spawn("work", () => work(busy));
    const probe = startLoopProbe(prober, targets, { intervalUs: INTERVAL_US });
    await prober.clock.sleep(lastUs);
    for (const [name, record] of await probe.stop()) figures.set(name, measureStalls(record));
    for (const listener of listeners) listener.close();
    // Until the busy loop has noticed that the prober has gone.
    await prober.clock.sleep(2_000_000);
  });
  assertEquals([outcome.kind, outcome.threads, outcome.channels], ["returned", [], []]);
  return figures;
}

Deno.test("startLoopProbe() finds a planted wait of 20 ms, and nothing on an idle loop", async () => {
  const figures = await probeVirtually(200_000, async (busy) => {
    await busy.clock.sleep(50_500);
    busy.mainLoop.spend("qmp-command");
    await busy.mainLoop.turn();
  });
  const [stall, ...others] = figures.get("busy")!.stalls;
  assertEquals(others, []);
  assert(stall!.ended);
  // It begins half an interval before the first tick that it delays, and virtual time is exact.
  assertEquals(stall!.lengthUs, PLANTED_US - INTERVAL_US / 2);
  assertEquals(figures.get("idle")!.stalls, []);
});

Deno.test("startLoopProbe() sends nothing late in virtual time", async () => {
  const figures = await probeVirtually(100_000, () => Promise.resolve());
  assertEquals(figures.get("busy")!.sendLateness?.maxUs, 0);
});

Deno.test("startLoopProbe() counts a stall that lasts beyond the measurement up to its end", async () => {
  const figures = await probeVirtually(100_000, async (busy) => {
    await busy.clock.sleep(40_500);
    busy.mainLoop.spend("qmp-command", 50);
    await busy.mainLoop.turn();
  });
  const [stall] = figures.get("busy")!.stalls;
  assert(!stall!.ended);
  assertEquals(figures.get("idle")!.stalls, []);
});
