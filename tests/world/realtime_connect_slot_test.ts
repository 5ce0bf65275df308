/**
 * The memory between a World and its connect Worker, both sides played here: whoever comes second learns that it did.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { InvariantError } from "../../lib/invariant.ts";
import { type ConnectRequest, ConnectSlot } from "../../lib/world/realtime/connect_slot.ts";

const REQUEST: ConnectRequest = {
  kind: "reset",
  address: new Uint8Array([1, 0, 65, 66]),
  notBeforeUs: 1234.5,
};

/** Both sides of one memory. */
function bothSides(): { readonly world: ConnectSlot; readonly worker: ConnectSlot } {
  const world = new ConnectSlot();
  return { world, worker: new ConnectSlot(world.memory) };
}

Deno.test("ConnectSlot hands the request to the Worker", () => {
  const { world, worker } = bothSides();
  world.start(REQUEST);
  assertEquals(worker.nextRequest(), REQUEST);
  assert(worker.isPending);
});

for (
  const outcome of [
    { kind: "connected", fd: 17 },
    { kind: "reset" },
    { kind: "failed", errno: 111 },
  ] as const
) {
  Deno.test(`ConnectSlot hands the outcome "${outcome.kind}" to the World`, () => {
    const { world, worker } = bothSides();
    world.start(REQUEST);
    assert(worker.finish(outcome));
    assertEquals(world.isPending, false);
    assertEquals(world.isIdle, false);
    assertEquals(world.take(), outcome);
    assert(world.isIdle);
  });
}

Deno.test("ConnectSlot.abort() before the end: the Worker keeps what it has, and the slot is idle when it says so", () => {
  const { world, worker } = bothSides();
  world.start(REQUEST);
  assert(world.abort());
  assertEquals(worker.isPending, false);
  assertEquals(worker.finish({ kind: "connected", fd: 17 }), false);
  assertEquals(world.isIdle, false);
  worker.release();
  assert(world.isIdle);
});

Deno.test("ConnectSlot.abort() after the end: the World has to take what there is", () => {
  const { world, worker } = bothSides();
  world.start(REQUEST);
  assert(worker.finish({ kind: "connected", fd: 17 }));
  assertEquals(world.abort(), false);
  assertEquals(world.take(), { kind: "connected", fd: 17 });
});

Deno.test("ConnectSlot.sleepUntil() ends at once when the connect was given up", () => {
  const { world, worker } = bothSides();
  world.start(REQUEST);
  world.abort();
  assertEquals(worker.sleepUntil(Infinity, () => 0), false);
});

Deno.test("ConnectSlot.stop() ends the Worker's loop", async () => {
  const { world, worker } = bothSides();
  await world.stop();
  assertEquals(worker.nextRequest(), null);
});

Deno.test("ConnectSlot refuses a second connect while it has one", () => {
  const { world } = bothSides();
  world.start(REQUEST);
  assertThrows(() => world.start(REQUEST), InvariantError);
  assertThrows(() => world.take(), InvariantError);
});
