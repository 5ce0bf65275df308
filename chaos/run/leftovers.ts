/**
 * What a migration has left on engines that are idle again.
 *
 * @module
 */

import { isTerminal } from "../../lib/qapi/migration_status.ts";
import type { Inventory } from "../../lib/world/virtual/outcome.ts";
import type { ChaosEngine } from "./chaos_engine.ts";
import type { Stage } from "./stage.ts";

/** Threads of an engine that come and go without a migration. */
const PASSING = new Set(["tick", "stall"]);

/** Notes what idle engines have. */
export function takeBaseline(stage: Stage): void {
  const inventory = stage.simulation.inventory();
  for (const engine of stage.engines) engine.baseline = threadsOf(inventory, engine);
}

/** What engines have in excess of that, where their migration has ended, as sentences. */
export function findLeftovers(stage: Stage): string[] {
  const inventory = stage.simulation.inventory();
  const idle = stage.engines.filter(({ alive, status }) =>
    alive && (isTerminal(status) || status === "none")
  );
  const threads = idle.flatMap((engine) =>
    withoutFirst(threadsOf(inventory, engine), engine.baseline)
      .map((thread) => `the ${engine.name} still has a thread "${thread}"`)
  );
  if (idle.length < stage.engines.length) return threads;
  const isMigration = (text: string) => text.includes("/migration-") || text.includes("/nowhere");
  return [
    ...threads,
    ...inventory.channels.filter(isMigration).map((channel) => `${channel} is still open`),
    ...inventory.listeners.filter(isMigration).map((address) => `${address} is still listened at`),
    ...inventory.connects.filter(isMigration).map((connect) => `${connect} is still under way`),
  ];
}

function threadsOf({ threads }: Inventory, { name }: ChaosEngine): readonly string[] {
  return threads.filter(({ world, thread }) => world === name && !PASSING.has(thread))
    .map(({ thread }) => thread);
}

/** The values that are left when each of `others` is taken out once. */
function withoutFirst(values: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return values.filter((value) => {
    const index = left.indexOf(value);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}
