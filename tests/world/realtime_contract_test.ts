/**
 * The World contract against real sockets: all of it over TCP and over Unix, with `setTimeout`; and what has to do
 * with time once more with a timer Worker.
 *
 * @module
 */

import { type Address } from "../../lib/world/address.ts";
import { openRealtimeWorld } from "../../lib/world/realtime/realtime_world.ts";
import { type SharedTimer, TimerWorker } from "../../lib/world/realtime/shared_timer.ts";
import { WORLD_CONTRACT } from "./channel_contract.ts";
import { CLOCK_CONTRACT } from "./clock_contract.ts";
import type { Clause } from "./contract_clause.ts";

/** Runs one clause between two Worlds of this thread. */
async function runClause(
  clause: Clause,
  kind: Address["kind"],
  timer?: SharedTimer,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "faultline-" });
  const bugs: unknown[] = [];
  const open = (seed: number) =>
    openRealtimeWorld({ seed, onBug: (bug) => bugs.push(bug), ...timer && { timer } });
  const near = open(1);
  const far = open(2);
  let addresses = 0;
  const address = (): Address =>
    kind === "unix"
      ? { kind, path: `${folder}/${addresses++}.sock` }
      : { kind, host: "127.0.0.1", port: 0 };
  try {
    await clause.body({ near, far, address });
  } finally {
    await near.close();
    await far.close();
    await Deno.remove(folder, { recursive: true });
  }
  if (bugs.length > 0) throw bugs[0];
}

for (const kind of ["tcp", "unix"] as const) {
  for (const clause of WORLD_CONTRACT) {
    Deno.test(`${kind}: ${clause.name}`, () => runClause(clause, kind));
  }
}

for (const clause of CLOCK_CONTRACT) {
  Deno.test(`timer Worker: ${clause.name}`, async () => {
    await using worker = new TimerWorker();
    await runClause(clause, "unix", worker.timer);
  });
}
