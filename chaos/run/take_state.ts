/**
 * What an engine is at the end of a migration.
 *
 * @module
 */

import type { GuestInfo } from "../../lib/qapi/guest_info.ts";
import type { MigrationInfo } from "../../lib/qapi/migration_info.ts";
import type { StatusInfo } from "../../lib/qapi/run_state.ts";
import { describeDifferences, verifyRam } from "../../lib/ram/expected_ram.ts";
import { guestOf } from "../plan.ts";
import type { ChaosEngine } from "./chaos_engine.ts";
import type { Stage } from "./stage.ts";

/** How long an answer may take before the state is left out. */
const ANSWER_US = 2_000_000;

/** How long the guest runs on before its RAM is looked at, so that what it reads is checked. */
const GUEST_RUNS_US = 20_000;

/** Takes the states of all engines down. Of the one that the guest runs on, the RAM is compared, with the guest stopped for it. */
export async function takeStates(stage: Stage): Promise<void> {
  await stage.clock.sleep(GUEST_RUNS_US);
  for (const engine of stage.engines) {
    if (engine.alive) await takeState(stage, engine);
  }
}

async function takeState({ plan, recorder }: Stage, engine: ChaosEngine): Promise<void> {
  const status = await engine.ask("query-status", {}, ANSWER_US);
  const migration = await engine.ask("query-migrate", {}, ANSWER_US);
  if (status.answeredUs === null || migration.answeredUs === null) return;
  const { status: runState, running } = status.value as StatusInfo;
  const info = migration.value as MigrationInfo;
  const { ram } = engine.virtual;
  const whole = ram.received.nextClear(0) === ram.received.size;
  let difference: string | null = null;
  if (running && whole) {
    await engine.ask("stop", {}, ANSWER_US);
    const differences = verifyRam(guestOf(plan), ram.memory);
    if (differences !== null) difference = describeDifferences(differences);
    await engine.ask("cont", {}, ANSWER_US);
  }
  const guest = await engine.ask("x-query-guest", {}, ANSWER_US);
  if (guest.answeredUs === null) return;
  recorder.state(engine.name, {
    status: info.status ?? "none",
    errorDesc: info["error-desc"] ?? null,
    runState,
    running,
    whole,
    difference,
    violations: (guest.value as GuestInfo).violations,
  });
}
