import { assert, assertEquals } from "@std/assert";
import type { World } from "../../lib/world/world.ts";
import type { Simulation, SimulationOptions } from "../../lib/world/virtual/simulation.ts";
import { failureOf } from "./contract_clause.ts";
import { ADDRESS, runFree } from "./virtual_bed.ts";

const run = (
  main: (near: World, simulation: Simulation) => Promise<void>,
  options: Partial<SimulationOptions> = {},
) => runFree({ link: { latencyUs: 20 }, ...options }, main);

Deno.test("Simulation.kill() ends a world as a process dies", async () => {
  await run(async ({ clock, mainLoop, network }, simulation) => {
    const victim = simulation.world("victim");
    const listener = victim.network.listen(ADDRESS, "main");
    let isAlive = true;
    const thread = victim.mainLoop.spawn("victim", async () => {
      const channel = (await listener.accept())!;
      victim.mainLoop.spawn("heart", async () => {
        for (;;) await victim.clock.sleep(10);
      });
      victim.network.connect({ kind: "unix", path: "/elsewhere" }, "main");
      await channel.read(new Uint8Array(1));
      isAlive = false;
    });
    const result = await network.connect(ADDRESS, "main").wait();
    assert(result.kind === "connected");
    const reader = mainLoop.spawn("reader", async () => {
      assertEquals(await failureOf(() => result.channel.read(new Uint8Array(1))), "reset");
      assertEquals(clock.now(), 120);
    });
    await clock.sleep(100 - clock.now());
    simulation.kill("victim");
    await thread.join();
    await reader.join();
    result.channel.close();
    assertEquals(isAlive, true, "a killed thread does not go on");
    const failed = await network.connect(ADDRESS, "main").wait();
    assertEquals(failed, { kind: "failed", cause: "No such file or directory" });
    const again = simulation.world("victim");
    assert(again !== victim);
    again.network.listen(ADDRESS, "main").close();
  });
});

Deno.test("Simulation.kill() ends a world whose loop is busy or held", async () => {
  await run(async ({ clock }, simulation) => {
    for (const isHeld of [true, false]) {
      const { mainLoop, network } = simulation.world("victim");
      const threads = ["a", "b"].map((name) =>
        mainLoop.spawn(name, async () => {
          // More than the time until the kill.
          mainLoop.spend("connect", 1000);
          if (isHeld) await mainLoop.hold(network.connect(ADDRESS, "preempt"));
          else for (;;) await mainLoop.turn();
        })
      );
      await clock.sleep(100_000);
      simulation.kill("victim");
      for (const thread of threads) await thread.join();
      await clock.sleep(100_000);
    }
  }, { shim: [{ role: "preempt", connect: { kind: "hang" } }] });
});

Deno.test("Simulation.kill() lets no thread go on that was about to", async () => {
  await run(async ({ clock, mainLoop }, simulation) => {
    const victim = simulation.world("victim", { charged: false });
    const killer = mainLoop.spawn("killer", async () => {
      await clock.sleep(100);
      simulation.kill("victim");
    });
    await mainLoop.turn();
    const log: string[] = [];
    const child = victim.mainLoop.spawn("child", async () => {
      await clock.sleep(100);
      log.push("child");
    });
    victim.mainLoop.spawn("parent", async () => {
      await child.join();
      log.push("parent");
    });
    await killer.join();
    await clock.sleep(1000);
    assertEquals(log, []);
  });
});
