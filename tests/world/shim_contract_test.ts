/**
 * The World contract through a shim, over real sockets: without conditions, and with some that let everything through, only later.
 *
 * @module
 */

import { parseNetem } from "../../lib/netem/grammar.ts";
import type { ShimSpec } from "../../lib/netem/conditions.ts";
import { openRealtimeWorld } from "../../lib/world/realtime/realtime_world.ts";
import { ShimmedNetwork } from "../../lib/world/realtime/shim.ts";
import { WORLD_CONTRACT } from "./channel_contract.ts";
import type { Clause } from "./contract_clause.ts";

const LATER = parseNetem("connect delay 5ms delay 1ms 1ms rate 1gbps of link limit 256kb");

const SPECS: Readonly<Record<string, ShimSpec>> = {
  "shim without conditions": [],
  "shim with conditions": [{ role: "main", ...LATER }, { role: "preempt", ...LATER }],
};

/** Runs one clause between two Worlds of this thread, each behind its shim. */
async function runClause(clause: Clause, spec: ShimSpec): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "faultline-" });
  const bugs: unknown[] = [];
  const open = (seed: number) => {
    const inner = openRealtimeWorld({ seed, onBug: (bug) => bugs.push(bug) });
    const { clock, mainLoop, random } = inner;
    const network = new ShimmedNetwork({
      inner: inner.network,
      clock,
      random,
      phase: () => 0,
      spec,
    });
    const close = async () => {
      network.close();
      await inner.close();
    };
    return { world: { clock, mainLoop, random, network }, close };
  };
  const near = open(1);
  const far = open(2);
  let addresses = 0;
  try {
    await clause.body({
      near: near.world,
      far: far.world,
      address: () => ({ kind: "unix", path: `${folder}/${addresses++}.sock` }),
    });
  } finally {
    await near.close();
    await far.close();
    await Deno.remove(folder, { recursive: true });
  }
  if (bugs.length > 0) throw bugs[0];
}

for (const [name, spec] of Object.entries(SPECS)) {
  for (const clause of WORLD_CONTRACT) {
    Deno.test(`${name}: ${clause.name}`, () => runClause(clause, spec));
  }
}
