/**
 * Runs one arm of a scenario once, on a pair of its own, by either clock.
 *
 * @module
 */

import { invariant } from "../lib/invariant.ts";
import type { Floors } from "../lib/measure/floors.ts";
import type { ClockKind } from "../lib/measure/metric.ts";
import type { PairOptions } from "../lib/pair/pair.ts";
import { openRealtimePair } from "../lib/pair/realtime_pair.ts";
import { openVirtualPair, operatorWorld } from "../lib/pair/virtual_pair.ts";
import { QmpClosedError } from "../lib/qmp/qmp_client.ts";
import { isClean } from "../lib/world/virtual/outcome.ts";
import { Simulation } from "../lib/world/virtual/simulation.ts";
import { type ArmRun, runOnPair } from "./run_on_pair.ts";
import type { ScenarioArm } from "./scenario.ts";

/** How an arm is run. */
export interface RunArmOptions {
  readonly clock: ClockKind;
  readonly seed: number;
  /** Of the same suite run; `null` in virtual time. */
  readonly floors: Floors | null;
  /** Ends the run early; everything that it started is ended. */
  readonly signal: AbortSignal;
  /** Takes every QMP line of the operator. */
  readonly log: NonNullable<PairOptions["log"]>;
}

/** Runs an arm once; `null` if `signal` ended it. */
export async function runArm(arm: ScenarioArm, options: RunArmOptions): Promise<ArmRun | null> {
  const { guest, ram, shim, transport, probes } = arm;
  const { seed, log } = options;
  const pair = { seed, ram, guest, shim, transport, probes, log };
  const run = options.clock === "virtual"
    ? await runVirtual(arm, pair, options)
    : await runReal(arm, pair, options);
  return options.signal.aborted ? null : run;
}

async function runReal(
  arm: ScenarioArm,
  pairOptions: PairOptions,
  options: RunArmOptions,
): Promise<ArmRun | null> {
  const { signal } = options;
  const pair = await openRealtimePair(pairOptions);
  // Whatever the operator waits for then ends with QmpClosedError.
  const hangUp = () => [pair.source, pair.destination].forEach(({ qmp }) => void qmp.close());
  signal.addEventListener("abort", hangUp);
  try {
    return signal.aborted ? null : await runOnPair(pair, arm, options);
  } catch (error) {
    if (signal.aborted && error instanceof QmpClosedError) return null;
    throw error;
  } finally {
    signal.removeEventListener("abort", hangUp);
    await pair.close();
  }
}

async function runVirtual(
  arm: ScenarioArm,
  pairOptions: PairOptions,
  options: RunArmOptions,
): Promise<ArmRun | null> {
  const simulation = new Simulation({ seed: options.seed });
  const { mainLoop } = operatorWorld(simulation);
  let run: ArmRun | null = null;
  const outcome = await simulation.run(() =>
    mainLoop.spawn("operator", async () => {
      const pair = await openVirtualPair(simulation, pairOptions);
      run = await runOnPair(pair, arm, options);
      await pair.close();
    }).join()
  );
  invariant(isClean(outcome), `a run in virtual time left something: ${JSON.stringify(outcome)}`);
  return run;
}
