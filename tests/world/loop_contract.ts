/**
 * The clauses of MainLoop and Thread, see `channel_contract.ts`.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { acceptFrom, type Clause, withListener } from "./contract_clause.ts";

/** What MainLoop and Thread promise. */
export const LOOP_CONTRACT: readonly Clause[] = [
  {
    name: "MainLoop.spawn() first runs the thread when the caller next awaits",
    body: async ({ near: { mainLoop } }) => {
      let started = false;
      const thread = mainLoop.spawn("thread", () => {
        started = true;
        return Promise.resolve();
      });
      assertEquals([thread.name, started], ["thread", false]);
      await mainLoop.turn();
      assertEquals(started, true);
      await thread.join();
    },
  },
  {
    name: "Thread.join() resolves when the thread has returned, for every caller, also later ones",
    body: async ({ near: { clock, mainLoop } }) => {
      let returned = false;
      const thread = mainLoop.spawn("thread", async () => {
        await clock.sleep(1000);
        returned = true;
      });
      const other = mainLoop.spawn("other", async () => {
        await thread.join();
        assertEquals(returned, true);
      });
      await thread.join();
      assertEquals(returned, true);
      await other.join();
      await thread.join();
    },
  },
  {
    name: "MainLoop.turn() lets a busy thread share the loop with threads that are ready",
    body: async ({ near: { mainLoop } }) => {
      let turns = 0;
      let stop = false;
      const other = mainLoop.spawn("other", async () => {
        for (; !stop; turns++) await mainLoop.turn();
      });
      for (let i = 0; i < 100; i++) {
        mainLoop.spend("page-copied");
        await mainLoop.turn();
      }
      assert(turns > 10, `expected the other thread to run too, it had ${turns} turns`);
      stop = true;
      await other.join();
    },
  },
  {
    name: "MainLoop.hold() serves nothing else of its loop until the connect ended",
    body: (bed) =>
      withListener(bed, async (listener) => {
        const { mainLoop, network } = bed.near;
        let turns = 0;
        let stop = false;
        const other = mainLoop.spawn("other", async () => {
          for (; !stop; turns++) await mainLoop.turn();
        });
        const holder = mainLoop.spawn("holder", async () => {
          await mainLoop.turn();
          const operation = network.connect(listener.address, "preempt");
          const before = turns;
          const result = await mainLoop.hold(operation);
          assertEquals(turns, before);
          stop = true;
          assert(result.kind === "connected");
          result.channel.close();
        });
        await holder.join();
        await other.join();
        const far = await acceptFrom(listener);
        far.close();
      }),
  },
];
