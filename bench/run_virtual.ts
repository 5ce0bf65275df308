/**
 * Runs one arm of a scenario once, in virtual time: the same figures every time.
 *
 * @module
 */

import { invariant } from "../lib/invariant.ts";
import { openVirtualPair, operatorWorld } from "../lib/pair/virtual_pair.ts";
import { isClean } from "../lib/world/virtual/outcome.ts";
import { Simulation, type SimulationOptions } from "../lib/world/virtual/simulation.ts";
import { pairOptionsOf, type RunOptions } from "./pair_options.ts";
import { type ArmRun, runOnPair } from "./run_on_pair.ts";
import type { ScenarioArm } from "./scenario.ts";

/** Probes cost nothing here. */
const PROBES = { loopIntervalUs: 1000, qmpIntervalUs: 5000 } as const;

/**
 * Runs an arm on a pair of its own; `null` if `signal` ended it.
 *
 * @param drain how the simulation goes from step to step; none of them changes a figure.
 */
export async function runVirtual(
  arm: ScenarioArm,
  options: RunOptions,
  drain: SimulationOptions["drain"] = "direct",
): Promise<ArmRun | null> {
  const { seed, signal } = options;
  const simulation = new Simulation({ seed, drain });
  const { mainLoop } = operatorWorld(simulation);
  let run: ArmRun | null = null;
  const outcome = await simulation.run(() =>
    mainLoop.spawn("operator", async () => {
      const pair = await openVirtualPair(simulation, pairOptionsOf(arm, options, PROBES));
      run = await runOnPair(pair, arm, signal);
      await pair.close();
    }).join()
  );
  invariant(isClean(outcome), `a run in virtual time left something: ${JSON.stringify(outcome)}`);
  return signal.aborted ? null : run;
}
