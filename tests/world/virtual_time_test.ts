import { assert, assertEquals, assertRejects } from "@std/assert";
import { InvariantError } from "../../lib/invariant.ts";
import { SeededRandom } from "../../lib/world/seeded_random.ts";
import type { CostTable } from "../../lib/world/virtual/cost_table.ts";
import type { Schedule } from "../../lib/world/virtual/schedule.ts";
import { isClean } from "../../lib/world/virtual/outcome.ts";
import { Simulation, type SimulationOptions } from "../../lib/world/virtual/simulation.ts";
import { withChannels } from "./virtual_bed.ts";

/** Fixed here, so that calibrating the table changes no trace. */
const COSTS: CostTable = {
  "page-copied": 1.2,
  "page-scanned": 0.0006,
  "record-parsed": 0.5,
  "system-call": 5,
  "qmp-command": 60,
  "connect": 100,
};

/** A run with a bit of everything: threads of three worlds that sleep, turn, signal, stream and cut each other short. */
async function busyRun(options: Partial<SimulationOptions> = {}) {
  const simulation = new Simulation({
    seed: 42,
    costs: COSTS,
    link: { latencyUs: 30 },
    ...options,
  });
  const order: string[] = [];
  const harness = simulation.world("harness", { charged: false });
  const source = simulation.world("source");
  const destination = simulation.world("destination");
  const outcome = await simulation.run(async () => {
    const listener = destination.network.listen({ kind: "tcp", host: "d", port: 0 }, "main");
    const served = destination.mainLoop.spawn("serve", async () => {
      const channel = await listener.accept();
      const into = new Uint8Array(700);
      while (await channel!.read(into) !== null) {
        destination.mainLoop.spend("record-parsed", 3);
        order.push("read");
        await destination.mainLoop.turn();
      }
      channel!.close();
      listener.close();
    });
    const stop = source.mainLoop.condition();
    const sent = source.mainLoop.spawn("send", async () => {
      const result = await source.network.connect(listener.address, "main").wait();
      assert(result.kind === "connected");
      for (let i = 0; i < 50; i++) {
        source.mainLoop.spend("page-copied", source.random.integer(4));
        await result.channel.write(new Uint8Array(1 + source.random.integer(3000)));
        order.push("write");
        if (i % 7 === 0) await stop.wait(40);
        else await source.mainLoop.turn();
      }
      result.channel.close();
    });
    const ticker = source.mainLoop.spawn("tick", async () => {
      for (let i = 0; i < 100; i++) {
        await source.clock.sleep(source.random.integer(60));
        order.push("tick");
        stop.notify();
      }
    });
    for (const thread of [served, sent, ticker]) await thread.join();
    await harness.clock.sleep(1);
  });
  assertEquals(isClean(outcome), true, JSON.stringify(outcome));
  return { order: order.join(), traceHash: simulation.traceHash, outcome };
}

/** Chooses by seed. */
function seeded(seed: number, yieldsWhenReady = false): Schedule {
  const random = new SeededRandom(seed);
  return { choose: (runnable) => random.integer(runnable), yieldsWhenReady };
}

Deno.test("Simulation takes the same steps for the same seed", async () => {
  const first = await busyRun();
  assertEquals(await busyRun(), first);
  assertEquals(await busyRun({ schedule: seeded(3) }), await busyRun({ schedule: seeded(3) }));
});

Deno.test("Simulation takes other steps for another seed or schedule", async () => {
  const hashes = [
    await busyRun(),
    await busyRun({ seed: 43 }),
    await busyRun({ schedule: seeded(1) }),
    await busyRun({ schedule: seeded(1, true) }),
    await busyRun({ link: { latencyUs: 31 } }),
  ].map(({ traceHash }) => traceHash);
  assertEquals(new Set(hashes).size, hashes.length);
});

Deno.test("Simulation takes the same steps with a macrotask for each", async () => {
  assertEquals(await busyRun({ drain: "set-immediate" }), await busyRun());
  assertEquals(
    await busyRun({ drain: "set-immediate", schedule: seeded(9, true) }),
    await busyRun({ schedule: seeded(9, true) }),
  );
});

/** Whether a reader goes on behind a thread that closes its channel at the instant in which its byte has come. */
async function readsAfterClose(yieldsWhenReady: boolean): Promise<boolean> {
  const schedule = { choose: () => 0, yieldsWhenReady };
  const simulation = new Simulation({ seed: 1, schedule, link: { latencyUs: 30 } });
  const world = simulation.world("free", { charged: false });
  const log: string[] = [];
  const body = () =>
    withChannels(world, ["main"], async ([near], [far]) => {
      const reader = world.mainLoop.spawn("reader", async () => {
        assertEquals(await far!.read(new Uint8Array(8)), 1);
        log.push("read");
      });
      const closer = world.mainLoop.spawn("closer", async () => {
        await near!.write(new Uint8Array(1));
        await world.clock.sleep(30);
        far!.close();
        log.push("closed");
      });
      for (const thread of [reader, closer]) await thread.join();
    });
  await simulation.run(() => world.mainLoop.spawn("body", body).join());
  return log.join() === "closed,read";
}

Deno.test("a schedule may let others go between the end of a read and its thread", async () => {
  assertEquals([await readsAfterClose(false), await readsAfterClose(true)], [false, true]);
});

Deno.test("Simulation keeps its trace hash from release to release", async () => {
  assertEquals((await busyRun()).traceHash, "70f26e3b4c29515f");
});

Deno.test("Simulation jumps to the next timer, and runs ties in the order set", async () => {
  const simulation = new Simulation({ seed: 1 });
  const { clock, mainLoop } = simulation.world("engine");
  const log: string[] = [];
  await simulation.run(async () => {
    const threads = [["a", 500], ["b", 200], ["c", 500], ["d", 200]] as const;
    const spawned = threads.map(([name, us]) =>
      mainLoop.spawn(name, async () => {
        await clock.sleep(us);
        log.push(`${name} ${clock.now()}`);
      })
    );
    for (const thread of spawned) await thread.join();
  });
  assertEquals(log, ["b 200", "d 200", "a 500", "c 500"]);
});

Deno.test("Simulation goes first in, first out, unless its schedule says otherwise", async () => {
  async function order(schedule?: Schedule): Promise<string> {
    const simulation = new Simulation({ seed: 1, ...(schedule === undefined ? {} : { schedule }) });
    let log = "";
    await simulation.run(async () => {
      const threads = ["a", "b", "c"].map((name) => {
        const { mainLoop } = simulation.world(name);
        return mainLoop.spawn(name, async () => {
          log += name;
          await mainLoop.turn();
          log += name;
        });
      });
      for (const thread of threads) await thread.join();
    });
    return log;
  }
  assertEquals(await order(), "abcabc");
  assertEquals(await order({ choose: (runnable) => runnable - 1 }), "ccbbaa");
});

Deno.test("Schedule.choose() with an index out of range ends the run as a bug", async () => {
  const simulation = new Simulation({ seed: 1, schedule: { choose: (runnable) => runnable } });
  const { mainLoop } = simulation.world("engine");
  const main = async () => {
    const threads = [1, 2].map((i) => mainLoop.spawn(`thread ${i}`, () => mainLoop.turn()));
    for (const thread of threads) await thread.join();
  };
  await assertRejects(() => simulation.run(main), InvariantError, "A schedule chose task 2 of 2");
});

Deno.test("Simulation lets macrotasks through during a long run, without changing its steps", async () => {
  async function run(onMacrotask: (() => void) | null): Promise<string> {
    const simulation = new Simulation({ seed: 1 });
    const { clock } = simulation.world("engine");
    const timer = onMacrotask === null ? undefined : setTimeout(onMacrotask, 0);
    await simulation.run(async () => {
      for (let i = 0; i < 600_000; i++) await clock.sleep(1);
      called.push("end");
    });
    clearTimeout(timer);
    return simulation.traceHash;
  }
  const called: string[] = [];
  const undisturbed = await run(null);
  assertEquals(await run(() => called.push("macrotask")), undisturbed);
  assertEquals(called, ["end", "macrotask", "end"]);
});

Deno.test("Simulation takes no more steps than waits: reads that are ready cost none", async () => {
  const simulation = new Simulation({ seed: 1 });
  const { clock, network } = simulation.world("free", { charged: false });
  const outcome = await simulation.run(async () => {
    const listener = network.listen({ kind: "unix", path: "/s" }, "qmp");
    const result = await network.connect(listener.address, "qmp").wait();
    const far = await listener.accept();
    assert(result.kind === "connected" && far !== null);
    for (let i = 0; i < 1000; i++) await result.channel.write(new Uint8Array(100));
    await clock.sleep(100);
    for (let i = 0; i < 1000; i++) await far.read(new Uint8Array(100));
    for (const end of [result.channel, far, listener]) end.close();
  });
  assertEquals(outcome.steps, 3, "start, connect, sleep");
});
