/**
 * What every operator of an engine does first.
 *
 * @module
 */

import { connectQmp, type QmpClient } from "../qmp/qmp_client.ts";
import type { Address } from "../world/address.ts";
import type { World } from "../world/world.ts";

/** Connects to an engine's QMP and asks it to tell of its migration's statuses, as management does with real QEMU. */
export async function connectOperator(
  world: World,
  address: Address,
  log?: (direction: "sent" | "received", line: string) => void,
): Promise<QmpClient> {
  const qmp = await connectQmp(world, address, log === undefined ? {} : { log });
  await qmp.execute("migrate-set-capabilities", {
    capabilities: [{ capability: "events", state: true }],
  });
  return qmp;
}
