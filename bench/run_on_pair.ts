/**
 * One run: a scenario's arm on an open pair, from its settings to the verdict on its RAM. The same in both clocks.
 *
 * @module
 */

import type { EnginePair, RamVerdict } from "../lib/pair/pair.ts";
import { CAPABILITIES } from "../lib/qapi/capabilities.ts";
import type { Side } from "../lib/qapi/migration_status.ts";
import type { RunOutcome } from "../lib/report/result.ts";
import type { RunRecord } from "./metrics_of_run.ts";
import { operate } from "./operate.ts";
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
  await prepare(pair, arm);
  await pair.startMeasuring();
  const beginUs = pair.world.clock.now();
  const { commands, failure } = await operate(pair, arm.steps, signal);
  const endUs = pair.world.clock.now();
  const measurements = await pair.measure();
  const events = {
    source: [...pair.source.qmp.events],
    destination: [...pair.destination.qmp.events],
  };
  const record = { measurements, commands, events, beginUs, endUs };
  const { outcome, detail } = await judgeOutcome(pair);
  const violations = [...measurements.source.violations, ...measurements.destination.violations];
  return {
    record,
    outcome,
    failure: failure ?? detail ?? violations[0] ?? null,
  };
}

async function prepare({ source, destination }: EnginePair, arm: ScenarioArm): Promise<void> {
  const capabilities = CAPABILITIES.flatMap((capability) => {
    const state = arm.capabilities[capability];
    return state === undefined ? [] : { capability, state };
  });
  for (const { qmp } of [source, destination]) {
    await qmp.execute("migrate-set-capabilities", { capabilities });
  }
  await source.qmp.execute("migrate-set-parameters", arm.parameters);
}

/** What had become of the migration. The guest is stopped for it. */
async function judgeOutcome(
  pair: EnginePair,
): Promise<{ readonly outcome: RunOutcome; readonly detail: string | null }> {
  const source = (await pair.source.qmp.execute("query-migrate")).status ?? "none";
  const destination = (await pair.destination.qmp.execute("query-migrate")).status ?? "none";
  const onSource = (await pair.source.qmp.execute("query-status")).running;
  const onDestination = (await pair.destination.qmp.execute("query-status")).running;
  const guest = onSource && onDestination
    ? "both"
    : onSource
    ? "source"
    : onDestination
    ? "destination"
    : "none";
  const side: Side = guest === "source" ? "source" : "destination";
  const ram = await pair.verifyRam(side);
  const outcome = { source, destination, ram: ram.verdict, guest } as const;
  return { outcome, detail: whatIsWrong(guest, side, ram) };
}

function whatIsWrong(guest: RunOutcome["guest"], side: Side, ram: RamVerdict): string | null {
  if (guest === "both") return "the guest runs on both sides";
  return ram.verdict === "different" ? `the ${side}'s RAM is not the guest's: ${ram.detail}` : null;
}
