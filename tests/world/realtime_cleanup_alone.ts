/**
 * What a real-time World leaves behind: nothing.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async";
import type { Address } from "../../lib/world/address.ts";
import { Libc } from "../../lib/world/realtime/libc.ts";
import { openRealtimeWorld, type RealtimeWorld } from "../../lib/world/realtime/realtime_world.ts";
import { acceptFrom } from "./contract_clause.ts";

const ROUNDS = 100;

/** How many descriptors below 1000 are open in this process. */
function countDescriptors(): number {
  using libc = new Libc();
  let count = 0;
  for (let fd = 0; fd < 1000; fd++) {
    const copy = libc.duplicate(fd);
    if (copy < 0) continue;
    libc.closeDescriptor(copy);
    count++;
  }
  return count;
}

/**
 * Waits until no more descriptors are open than `before`: a Worker that has been terminated closes its own a little
 * later.
 */
async function assertDescriptorsClosed(before: number): Promise<void> {
  for (let tries = 0; tries < 200 && countDescriptors() > before; tries++) await delay(10);
  const after = countDescriptors();
  assert(after <= before, `${before} descriptors before, ${after} after`);
}

/** One connection, used, and ended in the way that is next in turn. */
async function openAndEnd(
  { network }: RealtimeWorld,
  address: Address,
  round: number,
): Promise<void> {
  const listener = network.listen(address, "main");
  const operation = network.connect(listener.address, "main");
  if (round % 5 === 4) operation.abort();
  const result = await operation.wait();
  if (result.kind === "connected") {
    const near = result.channel;
    const far = await acceptFrom(listener);
    await near.write(new Uint8Array(10));
    await far.read(new Uint8Array(5));
    if (round % 5 === 0) near.reset();
    if (round % 5 === 1) far.reset();
    far.close();
    // In the other rounds the near end is left to the World's close.
    if (round % 5 === 2) near.close();
  }
  listener.close();
}

for (const kind of ["tcp", "unix"] as const) {
  Deno.test(`RealtimeWorld.close() leaves no descriptor and no file of ${ROUNDS} ${kind} connections`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "faultline-" });
    const address: Address = kind === "unix"
      ? { kind, path: `${folder}/listener.sock` }
      : { kind, host: "127.0.0.1", port: 0 };
    // What Deno opens once and keeps is opened by then.
    const first = openRealtimeWorld({ seed: 1 });
    await openAndEnd(first, address, 0);
    await first.close();
    const before = countDescriptors();
    const world = openRealtimeWorld({ seed: 1 });
    for (let round = 0; round < ROUNDS; round++) await openAndEnd(world, address, round);
    await world.close();
    await assertDescriptorsClosed(before);
    assertEquals([...Deno.readDirSync(folder)], []);
    await Deno.remove(folder);
  });
}

Deno.test("RealtimeWorld.close() leaves no descriptor of 20 Worlds", async () => {
  const openAndClose = async () => {
    const world = openRealtimeWorld({ seed: 1 });
    await world.prepareConnects();
    await world.mainLoop.turn();
    await world.close();
  };
  await openAndClose();
  const before = countDescriptors();
  for (let i = 0; i < 20; i++) await openAndClose();
  await assertDescriptorsClosed(before);
});
