import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { InvariantError } from "../../lib/invariant.ts";
import { isClean } from "../../lib/world/virtual/outcome.ts";
import { Simulation } from "../../lib/world/virtual/simulation.ts";

Deno.test("Simulation.run() reports who waits in what when nobody can go on", async () => {
  const simulation = new Simulation({ seed: 1 });
  const { mainLoop, network } = simulation.world("engine");
  const outcome = await simulation.run(async () => {
    const listener = network.listen({ kind: "unix", path: "/run/d" }, "main");
    mainLoop.spawn("accept", async () => void await listener.accept());
    const waiter = mainLoop.spawn("migration", () => mainLoop.condition().wait());
    await waiter.join();
  });
  assertEquals(outcome.kind, "deadlock");
  assertEquals(outcome.threads, [
    { world: "main", thread: "main", waitsIn: 'join of "migration" of "engine"' },
    { world: "engine", thread: "accept", waitsIn: "accept of unix:/run/d" },
    { world: "engine", thread: "migration", waitsIn: "condition" },
  ]);
  assertEquals(outcome.listeners, ["unix:/run/d"]);
  assertEquals(isClean(outcome), false);
});

Deno.test("Simulation.run() reports what is left when main returns", async () => {
  const simulation = new Simulation({
    seed: 1,
    shim: [{ role: "preempt", connect: { kind: "hang" } }],
  });
  const { clock, mainLoop, network } = simulation.world("engine");
  const outcome = await simulation.run(async () => {
    const listener = network.listen({ kind: "tcp", host: "d", port: 7 }, "main");
    await network.connect(listener.address, "main").wait();
    network.connect(listener.address, "preempt");
    mainLoop.spawn("sleeper", () => clock.sleep(1e6));
    await clock.sleep(1000);
  });
  assertEquals(outcome.kind, "returned");
  assertEquals(outcome.threads.map(({ waitsIn }) => waitsIn), ["sleep"]);
  assertEquals(outcome.channels, ["the main channel at tcp:d:7", "the main channel at tcp:d:7"]);
  assertEquals(outcome.listeners, ["tcp:d:7"]);
  assertEquals(outcome.connects, ["the connect to tcp:d:7"]);
});

Deno.test("Simulation.run() lets what is runnable finish after main, without time passing", async () => {
  const simulation = new Simulation({ seed: 1 });
  const { mainLoop } = simulation.world("engine");
  const outcome = await simulation.run(() => {
    mainLoop.spawn("last", async () => {
      await mainLoop.turn();
      await mainLoop.turn();
    });
    return Promise.resolve();
  });
  assertEquals([isClean(outcome), outcome.nowUs], [true, 0]);
});

Deno.test("Simulation.run() ends at the time limit", async () => {
  const simulation = new Simulation({ seed: 1, limitUs: 5000 });
  const { clock } = simulation.world("engine");
  const outcome = await simulation.run(async () => {
    for (;;) await clock.sleep(999);
  });
  assertEquals([outcome.kind, outcome.nowUs], ["time-limit", 4995]);
});

Deno.test("Simulation.run() ends when threads go on without time passing", async () => {
  const simulation = new Simulation({ seed: 1 });
  const { mainLoop } = simulation.world("engine");
  const outcome = await simulation.run(() =>
    mainLoop.spawn("spinner", async () => {
      for (;;) await mainLoop.turn();
    }).join()
  );
  assertEquals([outcome.kind, outcome.nowUs], ["livelock", 0]);
});

Deno.test("Simulation.run() ends at the limit of steps, however little time has passed", async () => {
  const simulation = new Simulation({ seed: 1, limitSteps: 1000 });
  const { clock } = simulation.world("engine");
  const outcome = await simulation.run(async () => {
    for (;;) await clock.sleep(1);
  });
  assertEquals([outcome.kind, outcome.steps], ["step-limit", 1001]);
});

Deno.test("Simulation.allowSteps() bounds what is left of a run, and only brings its end forward", async () => {
  for (const allowed of [100, 10_000]) {
    const simulation = new Simulation({ seed: 1, limitSteps: 1000 });
    const { clock } = simulation.world("engine");
    const outcome = await simulation.run(async () => {
      for (let i = 0; i < 500; i++) await clock.sleep(1);
      simulation.allowSteps(allowed);
      for (;;) await clock.sleep(1);
    });
    assertEquals(outcome.kind, "step-limit");
    // The first step starts the thread.
    assertEquals(outcome.steps, Math.min(502 + allowed, 1001));
  }
});

Deno.test("Simulation.run() names the thread that awaits a promise from elsewhere", async () => {
  for (const drain of ["direct", "set-immediate"] as const) {
    const simulation = new Simulation({ seed: 1, drain });
    const { clock, mainLoop } = simulation.world("source");
    const never = new Promise<void>(() => {});
    const main = () =>
      mainLoop.spawn("migration", async () => {
        await clock.sleep(250);
        await never;
      }).join();
    await assertRejects(
      () => simulation.run(main),
      InvariantError,
      'Thread "migration" of "source" awaits a promise that no World gave it, at 250 us',
    );
  }
});

Deno.test("Simulation.run() allows helper functions that resolve by themselves", async () => {
  const simulation = new Simulation({ seed: 1 });
  const { clock, mainLoop } = simulation.world("source");
  const twice = async (us: number): Promise<number> => await Promise.resolve(us * 2);
  const outcome = await simulation.run(async () => {
    const other = mainLoop.spawn("other", () => clock.sleep(3));
    for (let i = 0; i < 10; i++) await clock.sleep(await twice(await twice(i)));
    await other.join();
  });
  assertEquals([isClean(outcome), outcome.nowUs], [true, 180]);
});

Deno.test("Simulation.run() rejects with what main throws, and names another thread that throws", async () => {
  const failing = new Simulation({ seed: 1 });
  await assertRejects(
    () => failing.run(() => Promise.reject(new RangeError("no such scenario"))),
    RangeError,
    "no such scenario",
  );
  const simulation = new Simulation({ seed: 1 });
  const { clock, mainLoop } = simulation.world("source");
  const error = await assertRejects(
    () =>
      simulation.run(() =>
        mainLoop.spawn("return-path", async () => {
          await clock.sleep(3);
          throw new TypeError("oops");
        }).join()
      ),
    InvariantError,
  );
  assertMatch(error.message, /"return-path" of "source" threw at 3 us: TypeError: oops/);
  assert(error.cause instanceof TypeError);
});

Deno.test("Simulation refuses a wait outside of a running thread", () => {
  const { clock } = new Simulation({ seed: 1 }).world("engine");
  let failure: unknown;
  try {
    clock.sleep(1);
  } catch (error) {
    failure = error;
  }
  assert(failure instanceof InvariantError);
});
