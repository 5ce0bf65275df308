import { assert, assertEquals, assertRejects } from "@std/assert";
import { getEventListeners } from "node:events";
import { InvariantError } from "../../lib/invariant.ts";
import type { MainLoop, Thread, World } from "../../lib/world/world.ts";
import { COST_TABLE } from "../../lib/world/virtual/cost_table.ts";
import { SeededRandom } from "../../lib/world/seeded_random.ts";
import { isClean } from "../../lib/world/virtual/outcome.ts";
import type { Schedule } from "../../lib/world/virtual/schedule.ts";
import { Simulation, type SimulationOptions } from "../../lib/world/virtual/simulation.ts";

const COSTS = { ...COST_TABLE, "page-copied": 10, "page-scanned": 0.0004, "system-call": 0 };

/** Runs `main` as a thread of an engine's loop; it must end clean. Returns virtual time at its end. */
async function runEngine(
  main: (engine: World, simulation: Simulation) => Promise<void>,
  options: Partial<SimulationOptions> = {},
): Promise<number> {
  const simulation = new Simulation({ seed: 1, costs: COSTS, ...options });
  const engine = simulation.world("engine");
  const outcome = await simulation.run(() =>
    engine.mainLoop.spawn("main", () => main(engine, simulation)).join()
  );
  assertEquals(isClean(outcome), true, JSON.stringify(outcome));
  return outcome.nowUs;
}

Deno.test("MainLoop.spend() is paid at the next wait, and adds to a sleep", async () => {
  const nowUs = await runEngine(async ({ clock, mainLoop }) => {
    mainLoop.spend("page-copied", 3);
    mainLoop.spend("page-copied");
    assertEquals(clock.now(), 0);
    await mainLoop.turn();
    assertEquals(clock.now(), 40);
    mainLoop.spend("page-copied");
    await clock.sleep(5);
  });
  assertEquals(nowUs, 55);
});

Deno.test("MainLoop.spend() adds fractions up exactly", async () => {
  const nowUs = await runEngine(async ({ mainLoop }) => {
    // 0.4 ns each, and paid for in whole nanoseconds.
    for (let i = 0; i < 100_000; i++) {
      mainLoop.spend("page-scanned");
      if (i % 4 === 0) await mainLoop.turn();
    }
    await mainLoop.turn();
  });
  assertEquals(nowUs, 40);
});

Deno.test("MainLoop.spend() costs nothing on a loop that is not charged", async () => {
  const simulation = new Simulation({ seed: 1, costs: COSTS });
  const { mainLoop } = simulation.world("harness", { charged: false });
  const outcome = await simulation.run(() =>
    mainLoop.spawn("main", async () => {
      mainLoop.spend("page-copied", 1000);
      await mainLoop.turn();
    }).join()
  );
  assertEquals(outcome.nowUs, 0);
});

Deno.test("a busy loop runs none of its tasks, and other loops go on", async () => {
  const log: string[] = [];
  await runEngine(async ({ clock, mainLoop }, simulation) => {
    const other = simulation.world("other");
    const logger = (world: World, name: string) =>
      world.mainLoop.spawn(name, async () => {
        for (let i = 0; i < 3; i++) {
          await clock.sleep(4);
          log.push(`${name} ${clock.now()}`);
        }
      });
    const threads = [logger({ ...other, clock, mainLoop }, "mine"), logger(other, "theirs")];
    await mainLoop.turn();
    mainLoop.spend("page-copied");
    await mainLoop.turn();
    log.push(`paid ${clock.now()}`);
    for (const thread of threads) await thread.join();
  });
  assertEquals(log, [
    "theirs 4",
    "theirs 8",
    "mine 10",
    "paid 10",
    "theirs 12",
    "mine 14",
    "mine 18",
  ]);
});

Deno.test("MainLoop.turn() goes behind what became ready while it paid; other waits go on first", async () => {
  async function order(wait: (mainLoop: MainLoop, ended: Thread) => Promise<void>) {
    let log = "";
    await runEngine(async ({ clock, mainLoop }) => {
      const ended = mainLoop.spawn("ended", () => Promise.resolve());
      const other = mainLoop.spawn("other", async () => {
        await clock.sleep(5);
        log += "other ";
      });
      await ended.join();
      mainLoop.spend("page-copied");
      await wait(mainLoop, ended);
      log += "payer ";
      await other.join();
    });
    return log;
  }
  assertEquals(await order((mainLoop) => mainLoop.turn()), "other payer ");
  assertEquals(await order((_, ended) => ended.join()), "payer other ");
});

Deno.test("MainLoop.turn() lets what was runnable before go first, whatever the schedule", async () => {
  const random = new SeededRandom(1);
  const schedules: readonly Schedule[] = [
    { choose: (runnable) => runnable - 1 },
    ...Array.from(
      { length: 50 },
      () => ({ choose: (runnable: number) => random.integer(runnable) }),
    ),
  ];
  for (const schedule of schedules) {
    await runEngine(async ({ clock, mainLoop }) => {
      let hasTicked = false;
      const ticker = mainLoop.spawn("ticker", async () => {
        await clock.sleep(985);
        hasTicked = true;
      });
      // The ticker starts behind the first batch, so its sleep ends in the middle of one.
      while (clock.now() < 1000) {
        mainLoop.spend("page-copied");
        await mainLoop.turn();
      }
      assertEquals([clock.now(), hasTicked], [1000, true]);
      await ticker.join();
    }, { schedule });
  }
});

Deno.test("Condition.wait() hears a notify that comes while its work is paid for", async () => {
  const nowUs = await runEngine(async ({ mainLoop }, simulation) => {
    const harness = simulation.world("harness", { charged: false });
    const condition = mainLoop.condition();
    const notifier = harness.mainLoop.spawn("notifier", async () => {
      await harness.clock.sleep(4);
      condition.notify();
    });
    await harness.clock.sleep(1);
    mainLoop.spend("page-copied");
    await condition.wait();
    assertEquals(harness.clock.now(), 11);
    await notifier.join();
  });
  assertEquals(nowUs, 11);
});

Deno.test("Condition.wait() counts its timeout from when its work is paid for", async () => {
  const nowUs = await runEngine(async ({ mainLoop }) => {
    mainLoop.spend("page-copied");
    await mainLoop.condition().wait(25);
  });
  assertEquals(nowUs, 35);
});

Deno.test("Clock.sleep() wakes at the very time of an abort", async () => {
  const nowUs = await runEngine(async ({ clock, mainLoop }) => {
    const controller = new AbortController();
    const sleeper = mainLoop.spawn("sleeper", () => clock.sleep(1000, controller.signal));
    await clock.sleep(30);
    controller.abort();
    await sleeper.join();
  });
  assertEquals(nowUs, 30);
});

Deno.test("a wait that ended early leaves nothing behind for the next one", async () => {
  const nowUs = await runEngine(async ({ clock, mainLoop }) => {
    const controller = new AbortController();
    const condition = mainLoop.condition();
    const waiter = mainLoop.spawn("waiter", async () => {
      await condition.wait(1000);
      await clock.sleep(2000, controller.signal);
      await clock.sleep(500);
      assertEquals(clock.now(), 630);
      await condition.wait(40);
      await clock.sleep(1000, controller.signal);
    });
    await clock.sleep(30);
    condition.notify();
    await clock.sleep(100);
    controller.abort();
    await clock.sleep(1000);
    const { signal } = new AbortController();
    await clock.sleep(5, signal);
    assertEquals(getEventListeners(signal, "abort").length, 0);
    await waiter.join();
  });
  assertEquals(nowUs, 1135);
});

Deno.test("a wait that timed out is not woken by a later notify", async () => {
  async function steps(isNotified: boolean): Promise<number> {
    const simulation = new Simulation({ seed: 1 });
    const { clock, mainLoop } = simulation.world("engine");
    const outcome = await simulation.run(async () => {
      const condition = mainLoop.condition();
      const waiter = mainLoop.spawn("waiter", async () => {
        await condition.wait(10);
        await clock.sleep(1000);
      });
      await clock.sleep(500);
      if (isNotified) condition.notify();
      await waiter.join();
    });
    return outcome.steps;
  }
  assertEquals(await steps(true), await steps(false));
});

Deno.test("MainLoop.hold() serves nothing for as long as the connect takes, and the holder goes on first", async () => {
  const log: string[] = [];
  await runEngine(async ({ clock, mainLoop, network }, simulation) => {
    const peer = simulation.world("peer", { charged: false });
    const listener = peer.network.listen({ kind: "unix", path: "/d" }, "preempt");
    const ticker = mainLoop.spawn("ticker", async () => {
      for (let i = 0; i < 4; i++) {
        await clock.sleep(100_000);
        log.push(`tick ${clock.now()}`);
      }
    });
    const peerTicker = peer.mainLoop.spawn("ticker", async () => {
      for (let i = 0; i < 2; i++) {
        await clock.sleep(150_000);
        log.push(`peer ${clock.now()}`);
      }
    });
    await clock.sleep(110_000);
    mainLoop.spend("page-copied");
    const result = await mainLoop.hold(network.connect(listener.address, "preempt"));
    log.push(`held until ${clock.now()}`);
    assert(result.kind === "connected");
    for (const thread of [ticker, peerTicker]) await thread.join();
    result.channel.close();
    const far = await listener.accept();
    far?.close();
    listener.close();
  }, {
    link: { latencyUs: 20 },
    shim: [{ role: "preempt", connect: { kind: "delay", delayUs: 250_000 } }],
  });
  // There and back 40; the work that was due before is paid for meanwhile.
  const heldUntilUs = 360_040 + COST_TABLE.connect;
  assertEquals(log, [
    "tick 100000",
    "peer 150000",
    "peer 300000",
    `held until ${heldUntilUs}`,
    `tick ${heldUntilUs}`,
    `tick ${heldUntilUs + 100_000}`,
    `tick ${heldUntilUs + 200_000}`,
  ]);
});

Deno.test("MainLoop.hold() and turn() are for the loop's own threads", async () => {
  for (const misuse of ["hold", "turn"] as const) {
    const simulation = new Simulation({ seed: 1 });
    const engine = simulation.world("engine");
    const main = async () => {
      const connect = engine.network.connect({ kind: "unix", path: "/d" }, "main");
      if (misuse === "turn") await engine.mainLoop.turn();
      else await engine.mainLoop.hold(connect);
    };
    await assertRejects(() => simulation.run(main), InvariantError, 'uses the loop of "engine"');
  }
});
