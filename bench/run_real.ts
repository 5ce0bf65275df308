/**
 * Runs one arm of a scenario once, in real time.
 *
 * @module
 */

import { openRealtimePair } from "../lib/pair/realtime_pair.ts";
import { QmpClosedError } from "../lib/qmp/qmp_client.ts";
import type { WorkerPool } from "../lib/world/realtime/worker_pool.ts";
import { pairOptionsOf, type RunOptions } from "./pair_options.ts";
import { type ArmRun, runOnPair } from "./run_on_pair.ts";
import type { ScenarioArm } from "./scenario.ts";

/**
 * A tick of the three loops takes up to 0.6 ms of CPU, a QMP query up to 0.9: probes as dense as in virtual time would take one of two
 * cores from what they measure.
 */
const PROBES = { loopIntervalUs: 4000, qmpIntervalUs: 10_000 } as const;

/**
 * Runs an arm on a pair of its own; `null` if `signal` ended it.
 *
 * @param pool where the pair's Workers come from and go back to; absent: they are its own.
 */
export async function runReal(
  arm: ScenarioArm,
  options: RunOptions,
  pool?: WorkerPool,
): Promise<ArmRun | null> {
  const { signal } = options;
  const pair = await openRealtimePair(pairOptionsOf(arm, options, PROBES), pool);
  // Whatever the operator waits for then ends with QmpClosedError.
  const hangUp = () => [pair.source, pair.destination].forEach(({ qmp }) => void qmp.close());
  signal.addEventListener("abort", hangUp);
  try {
    const run = signal.aborted ? null : await runOnPair(pair, arm, signal);
    return signal.aborted ? null : run;
  } catch (error) {
    if (signal.aborted && error instanceof QmpClosedError) return null;
    throw error;
  } finally {
    signal.removeEventListener("abort", hangUp);
    await pair.close();
  }
}
