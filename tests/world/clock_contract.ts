/**
 * The clauses of Clock and Condition, see `channel_contract.ts`.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Clause } from "./contract_clause.ts";

/** A minute: a wait that ends because of this time has missed its wake-up. */
const FAR_AWAY_US = 60_000_000;

const CLOCK: readonly Clause[] = [
  {
    name: "Clock.now() is an integer and never goes back",
    body: async ({ near: { clock } }) => {
      let before = clock.now();
      for (let i = 0; i < 20; i++) {
        await clock.sleep(i * 10);
        const now = clock.now();
        assert(Number.isInteger(now) && now >= before, `${before} then ${now}`);
        before = now;
      }
    },
  },
  {
    name: "Clock.sleep() is never too short",
    body: async ({ near: { clock } }) => {
      for (const us of [1, 300, 1000, 2500, 20_000]) {
        const start = clock.now();
        await clock.sleep(us);
        assert(clock.now() - start >= us, `asked ${us}, slept ${clock.now() - start}`);
      }
    },
  },
  {
    name: "Clock.sleep() of nothing and less resolves",
    body: async ({ near: { clock } }) => {
      await clock.sleep(0);
      await clock.sleep(-5);
    },
  },
  {
    name: "Clock.sleep() resolves at once when its signal aborts",
    body: async ({ near: { clock, mainLoop } }) => {
      const controller = new AbortController();
      const start = clock.now();
      const sleeper = mainLoop.spawn("sleeper", () => clock.sleep(FAR_AWAY_US, controller.signal));
      await clock.sleep(1000);
      controller.abort();
      await sleeper.join();
      assert(clock.now() - start < FAR_AWAY_US);
    },
  },
  {
    name: "Clock.sleep() with a signal that is aborted already resolves at once",
    body: async ({ near: { clock } }) => {
      const start = clock.now();
      await clock.sleep(FAR_AWAY_US, AbortSignal.abort());
      assert(clock.now() - start < FAR_AWAY_US);
    },
  },
  {
    name: "Clock.sleep() with a signal that never aborts takes its time",
    body: async ({ near: { clock } }) => {
      const start = clock.now();
      await clock.sleep(1000, new AbortController().signal);
      assert(clock.now() - start >= 1000);
    },
  },
];

const CONDITION: readonly Clause[] = [
  {
    name: "Condition.notify() wakes every waiting thread, in the order in which they began to wait",
    body: async ({ near: { clock, mainLoop } }) => {
      const condition = mainLoop.condition();
      const [began, woken]: [number[], number[]] = [[], []];
      const threads = [0, 1, 2].map((i) =>
        mainLoop.spawn(`waiter ${i}`, async () => {
          await clock.sleep((3 - i) * 5000);
          began.push(i);
          await condition.wait();
          woken.push(i);
        })
      );
      while (began.length < threads.length) await clock.sleep(5000);
      condition.notify();
      assertEquals(woken, []);
      for (const thread of threads) await thread.join();
      assertEquals(woken, began);
    },
  },
  {
    name: "Condition.notify() with nobody waiting is not remembered",
    body: async ({ near: { clock, mainLoop } }) => {
      const condition = mainLoop.condition();
      condition.notify();
      const start = clock.now();
      await condition.wait(2000);
      assert(clock.now() - start >= 2000, `woken after ${clock.now() - start}`);
    },
  },
  {
    name: "Condition.notify() wakes a thread once: a second wait needs a second notify",
    body: async ({ near: { clock, mainLoop } }) => {
      const condition = mainLoop.condition();
      let wakes = 0;
      const waiter = mainLoop.spawn("waiter", async () => {
        for (; wakes < 2; wakes++) await condition.wait();
      });
      await mainLoop.turn();
      condition.notify();
      await clock.sleep(2000);
      assertEquals(wakes, 1);
      condition.notify();
      await waiter.join();
      assertEquals(wakes, 2);
    },
  },
  {
    name: "Condition.wait() with a timeout resolves at a notify before it",
    body: async ({ near: { clock, mainLoop } }) => {
      const condition = mainLoop.condition();
      const start = clock.now();
      const waiter = mainLoop.spawn("waiter", () => condition.wait(FAR_AWAY_US));
      await mainLoop.turn();
      condition.notify();
      await waiter.join();
      assert(clock.now() - start < FAR_AWAY_US);
    },
  },
  {
    name: "Condition.notify() reaches a thread of another loop",
    body: async ({ near, far }) => {
      const condition = near.mainLoop.condition();
      let ready = false;
      const waiter = near.mainLoop.spawn("waiter", async () => {
        while (!ready) await condition.wait();
      });
      const notifier = far.mainLoop.spawn("notifier", async () => {
        await far.clock.sleep(1000);
        ready = true;
        condition.notify();
      });
      await waiter.join();
      await notifier.join();
    },
  },
];

/** What Clock and Condition promise. */
export const CLOCK_CONTRACT: readonly Clause[] = [...CLOCK, ...CONDITION];
