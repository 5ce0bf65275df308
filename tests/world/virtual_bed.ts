/**
 * Steps that tests of the virtual network share.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Address } from "../../lib/world/address.ts";
import type { Channel, World } from "../../lib/world/world.ts";
import { isClean } from "../../lib/world/virtual/outcome.ts";
import { Simulation, type SimulationOptions } from "../../lib/world/virtual/simulation.ts";
import { patternBytes, readExactly } from "./contract_clause.ts";

/** Where these tests listen. */
export const ADDRESS: Address = { kind: "unix", path: "/run/d" };

/** Runs `main` as a thread of a loop whose work is free, so that only link and shim take time; it must end clean. */
export async function runFree(
  options: Partial<SimulationOptions>,
  main: (world: World, simulation: Simulation) => Promise<void>,
): Promise<void> {
  const simulation = new Simulation({ seed: 1, ...options });
  const world = simulation.world("free", { charged: false });
  const outcome = await simulation.run(() =>
    world.mainLoop.spawn("body", () => main(world, simulation)).join()
  );
  assertEquals(isClean(outcome), true, JSON.stringify(outcome));
}

/** Connects a channel for each role, hands over near ends and far ends, and closes them. */
export async function withChannels(
  { network }: World,
  roles: readonly ("main" | "preempt" | "qmp" | "probe")[],
  body: (near: readonly Channel[], far: readonly Channel[]) => Promise<void>,
): Promise<void> {
  const listener = network.listen(ADDRESS, "main");
  const near: Channel[] = [];
  const far: Channel[] = [];
  for (const role of roles) {
    const result = await network.connect(ADDRESS, role).wait();
    assert(result.kind === "connected");
    near.push(result.channel);
    far.push((await listener.accept())!);
  }
  await body(near, far);
  closeAll(listener, ...near, ...far);
}

/** How long a write of `bytes` takes until it has arrived whole. */
export async function transferUs(
  { clock, mainLoop }: World,
  from: Channel,
  to: Channel,
  bytes: number,
): Promise<number> {
  const startUs = clock.now();
  const writer = mainLoop.spawn("writer", () => from.write(patternBytes(bytes)));
  const received = await readExactly(to, bytes);
  await writer.join();
  assertEquals(received, patternBytes(bytes));
  return clock.now() - startUs;
}

/** Closes channels and listeners. */
export function closeAll(...ends: readonly { close(): void }[]): void {
  for (const end of ends) end.close();
}
