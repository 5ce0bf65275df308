/**
 * The main loop of the real-time World: what a turn serves, and what becomes of a thread that throws.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { openRealtimeWorld } from "../../lib/world/realtime/realtime_world.ts";
import { acceptFrom } from "./contract_clause.ts";

/** Turns within which a socket that is ready must have been served. */
const TURNS_MAX = 10;

for (const side of ["connected", "accepted"] as const) {
  Deno.test(`MainLoop.turn() serves a ${side} socket that has become ready`, async () => {
    const world = openRealtimeWorld({ seed: 1 });
    const { network, mainLoop } = world;
    const listener = network.listen({ kind: "tcp", host: "127.0.0.1", port: 0 }, "main");
    const result = await network.connect(listener.address, "main").wait();
    assert(result.kind === "connected");
    const accepted = await acceptFrom(listener);
    const [own, peer] = side === "connected"
      ? [result.channel, accepted]
      : [accepted, result.channel];
    let reads = 0;
    const reader = mainLoop.spawn("reader", async () => {
      while (await own.read(new Uint8Array(1)) !== null) reads++;
    });
    for (let i = 0; i < 100; i++) {
      await peer.write(new Uint8Array(1));
      for (let turn = 0; turn < TURNS_MAX && reads <= i; turn++) await mainLoop.turn();
      assertEquals(reads, i + 1);
    }
    peer.close();
    await reader.join();
    await world.close();
  });
}

Deno.test("MainLoop.turn() is shared by all who ask for it in the same turn", async () => {
  const world = openRealtimeWorld({ seed: 1 });
  const { mainLoop } = world;
  assert(mainLoop.turn() === mainLoop.turn());
  await mainLoop.turn();
  await world.close();
});

Deno.test("MainLoop.spawn() reports what a thread throws, and its join() resolves", async () => {
  const bugs: unknown[] = [];
  const world = openRealtimeWorld({ seed: 1, onBug: (bug) => bugs.push(bug) });
  const bug = new Error("a bug");
  await world.mainLoop.spawn("buggy", () => Promise.reject(bug)).join();
  await world.mainLoop.spawn("buggier", () => {
    throw bug;
  }).join();
  assertEquals(bugs, [bug, bug]);
  await world.close();
});
