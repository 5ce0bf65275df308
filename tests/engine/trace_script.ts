/**
 * A migration whose trace hash is compared between runs and processes. Run as a program it prints the hash.
 *
 * @module
 */

import {
  assertArrived,
  enterPostcopy,
  pauseBoth,
  recover,
  runPair,
  type RunResult,
  setPreempt,
} from "./virtual_run.ts";
import type { SimulationOptions } from "../../lib/world/virtual/simulation.ts";

/** Postcopy with a recovery, under a jittering link: everything that chance has a part in. */
export function runTraced(simulation: Partial<SimulationOptions> = {}): Promise<RunResult> {
  return runPair(async (operator) => {
    await setPreempt(operator, "async-at-setup");
    const delay = { timeUs: 500, jitterUs: 300, distribution: "pareto" } as const;
    await operator.pair.setShim([
      { role: "main", traffic: { delay } },
      { role: "preempt", traffic: { delay } },
    ]);
    await enterPostcopy(operator);
    await pauseBoth(operator);
    await recover(operator, 1);
    await assertArrived(operator);
  }, { simulation });
}

if (import.meta.main) {
  const { traceHash, nowUs } = await runTraced();
  await Deno.stdout.write(new TextEncoder().encode(`${traceHash} ${nowUs}`));
}
