import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { TimerWorker } from "../../lib/world/realtime/shared_timer.ts";
import { NO_POOL, type WorkerKind, WorkerPool } from "../../lib/world/realtime/worker_pool.ts";
import { openRealtimeWorld } from "../../lib/world/realtime/realtime_world.ts";

const TIMER: WorkerKind = {
  module: new URL("../../lib/worker/timer_worker.ts", import.meta.url),
  name: "timer",
};

Deno.test("WorkerPool take() lends again what was given back, of the same kind only", () => {
  using pool = new WorkerPool();
  const first = pool.take(TIMER);
  const second = pool.take(TIMER);
  assert(first !== second);
  pool.give(TIMER, first);
  const others = [{ ...TIMER, name: "other" }, { ...TIMER, permissions: "none" }] as const;
  for (const kind of others) {
    const other = pool.take(kind);
    assert(other !== first);
    pool.give(kind, other);
  }
  assertStrictEquals(pool.take(TIMER), first);
  pool.give(TIMER, first);
  pool.give(TIMER, second);
});

Deno.test("WorkerPool give() ends what comes back after the pool's end", async () => {
  const pool = new WorkerPool();
  const worker = pool.take(TIMER);
  pool[Symbol.dispose]();
  pool.give(TIMER, worker);
  const fresh = NO_POOL.take(TIMER);
  assert(fresh !== worker);
  NO_POOL.give(TIMER, fresh);
  await Promise.resolve();
});

Deno.test("a timer Worker out of a pool wakes its clients as a new one does", async () => {
  using pool = new WorkerPool();
  for (let round = 0; round < 3; round++) {
    await using worker = new TimerWorker(performance.timeOrigin, pool);
    const world = openRealtimeWorld({ seed: 1, timer: worker.timer });
    const startUs = world.clock.now();
    await world.clock.sleep(500);
    assert(world.clock.now() - startUs >= 500);
    await world.close();
  }
  const [idle, another] = [pool.take(TIMER), pool.take(TIMER)];
  for (const worker of [idle, another]) pool.give(TIMER, worker);
  assertEquals(idle === another, false);
});
