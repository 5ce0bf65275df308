/**
 * What a step of virtual time costs. Each bench takes 100,000 steps or more; divide by the time of an iteration for steps per
 * second. Goal: to see what a change does to the scheduler and to channels. Not a goal: to say how long a migration takes.
 *
 * Run with `deno bench lib/world/virtual/simulation_bench.ts`.
 *
 * @module
 */

import { invariant } from "../../invariant.ts";
import type { Channel, World } from "../world.ts";
import { Simulation, type SimulationOptions } from "./simulation.ts";

const STEPS = 100_000;

/** Runs `main` as a thread of an engine and checks that it took about as many steps as it is meant to. */
async function measure(
  main: (world: World) => Promise<void>,
  options: Partial<SimulationOptions> = {},
): Promise<void> {
  const simulation = new Simulation({ seed: 1, ...options });
  const world = simulation.world("engine");
  const outcome = await simulation.run(() =>
    world.mainLoop.spawn("bench", () => main(world)).join()
  );
  invariant(
    outcome.kind === "returned" && outcome.steps >= STEPS,
    `${outcome.kind} after ${outcome.steps} steps`,
  );
}

/** Starts `count` threads that share the steps, and waits for them. */
async function share(
  { mainLoop }: World,
  count: number,
  step: () => Promise<void>,
): Promise<void> {
  const threads = Array.from(
    { length: count },
    (_, i) =>
      mainLoop.spawn(`thread ${i}`, async () => {
        for (let left = STEPS / count; left > 0; left--) await step();
      }),
  );
  for (const thread of threads) await thread.join();
}

async function connect({ network }: World): Promise<{ near: Channel; far: Channel }> {
  const listener = network.listen({ kind: "unix", path: "/run/bench" }, "main");
  const result = await network.connect(listener.address, "main").wait();
  const far = await listener.accept();
  listener.close();
  invariant(result.kind === "connected" && far !== null, "a connect to a listener succeeds");
  return { near: result.channel, far };
}

async function deep(levels: number, step: () => Promise<void>): Promise<void> {
  if (levels === 0) await step();
  else await deep(levels - 1, step);
}

/** `Deno.bench` takes a function that returns a promise for a synchronous one, unless it is declared `async`. */
function bench(
  name: string,
  main: (world: World) => Promise<void>,
  options: Partial<SimulationOptions> = {},
): void {
  Deno.bench(name, async () => {
    await measure(main, options);
  });
}

bench("turn, 8 threads", (world) => share(world, 8, () => world.mainLoop.turn()));

bench(
  "turn three async functions down, 8 threads",
  (world) => share(world, 8, () => deep(3, () => world.mainLoop.turn())),
);

bench("sleep, 8 threads", (world) => share(world, 8, () => world.clock.sleep(10)));

bench("turn that pays, 2 threads", (world) =>
  share(world, 2, () => {
    world.mainLoop.spend("record-parsed");
    return world.mainLoop.turn();
  }));

bench("64 bytes there and back", async (world) => {
  const { near, far } = await connect(world);
  const echo = world.mainLoop.spawn("echo", async () => {
    const bytes = new Uint8Array(64);
    for (let left = STEPS / 2; left > 0; left--) {
      await far.read(bytes);
      await far.write(bytes);
    }
    far.close();
  });
  const bytes = new Uint8Array(64);
  for (let left = STEPS / 2; left > 0; left--) {
    await near.write(bytes);
    await near.read(bytes);
  }
  await echo.join();
  near.close();
});

bench(
  "turn, 8 threads, a macrotask each",
  (world) => share(world, 8, () => world.mainLoop.turn()),
  { drain: "set-immediate" },
);
