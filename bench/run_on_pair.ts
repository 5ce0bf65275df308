/**
 * One run: a scenario's arm on an open pair, from its settings to the verdict on its RAM. The same in both clocks.
 *
 * @module
 */

import type { EnginePair } from "../lib/pair/pair.ts";
import { CAPABILITIES } from "../lib/qapi/capabilities.ts";
import type { RunOutcome } from "../lib/report/result.ts";
import { judgeOutcome } from "./judge_outcome.ts";
import type { RunRecord } from "./metrics_of_run.ts";
import { attempt, operate } from "./operate.ts";
import type { ScenarioArm } from "./scenario.ts";

/** A run, as it came out. */
export interface ArmRun {
  readonly record: RunRecord;
  readonly outcome: RunOutcome;
  /** What must not have happened, as a sentence; `null` if nothing did. */
  readonly failure: string | null;
}

/** Runs an arm. @throws {QmpClosedError} when the pair is closed meanwhile. */
export async function runOnPair(
  pair: EnginePair,
  arm: ScenarioArm,
  signal: AbortSignal,
): Promise<ArmRun> {
  const refused = await attempt(async () => {
    await prepare(pair, arm);
    await pair.startMeasuring();
  }, signal);
  const beginUs = pair.world.clock.now();
  const steps = refused === null ? arm.steps : [];
  const { commands, failure = refused } = await operate(pair, steps, signal);
  const endUs = pair.world.clock.now();
  const measurements = await pair.measure();
  const events = {
    source: [...pair.source.qmp.events],
    destination: [...pair.destination.qmp.events],
  };
  const record = { measurements, commands, events, beginUs, endUs };
  const { outcome, problems } = await judgeOutcome(pair, arm.expected ?? null, signal);
  const violations = [...measurements.source.violations, ...measurements.destination.violations];
  const all = [...failure === null ? [] : [failure], ...problems, ...violations.slice(0, 1)];
  return { record, outcome, failure: all.length === 0 ? null : all.join("; ") };
}

async function prepare({ source, destination }: EnginePair, arm: ScenarioArm): Promise<void> {
  const capabilities = CAPABILITIES.flatMap((capability) => {
    const state = arm.capabilities[capability];
    return state === undefined ? [] : { capability, state };
  });
  for (const { qmp } of [source, destination]) {
    await qmp.execute("migrate-set-capabilities", { capabilities });
  }
  // A QEMU tells what its vCPUs waited only when it is asked for it before.
  if (destination.kind !== "embedded" && arm.capabilities["postcopy-ram"]) {
    await destination.qmp.execute("migrate-set-capabilities", {
      capabilities: [{ capability: "postcopy-blocktime", state: true }],
    });
  }
  await source.qmp.execute("migrate-set-parameters", arm.parameters);
}
