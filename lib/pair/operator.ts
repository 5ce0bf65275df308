/**
 * What every operator of an engine does first.
 *
 * @module
 */

import { QmpClient, type QmpClientOptions, QmpClosedError } from "../qmp/qmp_client.ts";
import type { ConnectResult, World } from "../world/world.ts";

/** Takes a connection to an engine's QMP, and asks it to tell of its migration's statuses, as management does with real QEMU. */
export async function openOperator(
  world: World,
  connected: ConnectResult,
  options: QmpClientOptions = {},
): Promise<QmpClient> {
  if (connected.kind === "failed") {
    throw new QmpClosedError(`Cannot connect to the engine: ${connected.cause}`);
  }
  const qmp = await QmpClient.open(world, connected.channel, options);
  await qmp.execute("migrate-set-capabilities", {
    capabilities: [{ capability: "events", state: true }],
  });
  return qmp;
}
