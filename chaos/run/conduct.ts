/**
 * The course of a run.
 *
 * @module
 */

import type { MigrationCapability } from "../../lib/qapi/capabilities.ts";
import type { StatusInfo } from "../../lib/qapi/run_state.ts";
import { PAGE_SIZE } from "../../lib/ram/ram_block.ts";
import type { Plan } from "../plan.ts";
import { pagesOf } from "../setting.ts";
import type { ChaosEngine } from "./chaos_engine.ts";
import { FaultRunner } from "./fault_runner.ts";
import { findLeftovers, takeBaseline } from "./leftovers.ts";
import { probeQmp, sampleTraffic, watchLoop } from "./observers.ts";
import { isSettled, type Manner, Operator } from "./operator.ts";
import type { Stage } from "./stage.ts";
import { takeStates } from "./take_state.ts";

/** How long after the heal a migration may take to settle. */
export const SETTLE_US = 20_000_000;

/** Steps that a run may take from the heal on, a second migration included: ten times as many as the longest of tens of thousands took. */
const HEALED_STEPS = 100_000;

/** How long an answer may take before the run goes on without it. */
const ANSWER_US = 2_000_000;

/** How long a status may last, once everything is healed, before the operator takes it for a standstill. */
const STANDSTILL_US = 1_000_000;

/** Touches a second of each vCPU once everything is healed: a precopy over the slowest link converges. */
const SLOW_TOUCHES = 10;

/** How long every page of the second migration takes, so that postcopy finds something to do. */
export const SECOND_PASS_US = 120_000;

/** In the second migration, where postcopy ends it, the stream goes through RAM so many times as fast as the guest. */
const STREAM_AHEAD = 2;

/** The most touches a second of each vCPU in it. */
const SECOND_TOUCHES_MAX = 1000;

/** How long the second migration's preempt connect takes: longer than postcopy is waited for. */
const SECOND_CONNECT_US = 15_000;

/** Takes a run from its beginning as far as it goes. */
export async function conduct(stage: Stage): Promise<void> {
  const { milestones } = stage.recorder;
  await openStage(stage);
  const operator = new Operator(stage);
  const isEnded = await firstMigration(stage, operator);
  if (!isEnded) return;
  milestones.settledUs = stage.clock.now();
  await reclaimGuest(stage);
  await takeStates(stage);
  stage.recorder.leftovers.push(...findLeftovers(stage));
  const owner = stage.owner();
  if (owner !== null && !await secondMigration(stage, owner)) return;
  await closeStage(stage);
}

/** Both engines, with everything that looks at them. */
async function openStage(stage: Stage): Promise<void> {
  for (const name of ["source", "destination"] as const) await openEngine(stage, name);
  sampleTraffic(stage);
  takeBaseline(stage);
}

async function openEngine(stage: Stage, name: ChaosEngine["name"]): Promise<ChaosEngine> {
  const engine = await stage.start(name);
  watchLoop(stage, engine);
  probeQmp(stage, engine);
  const names: readonly MigrationCapability[] = ["events", ...stage.plan.capabilities];
  const capabilities = names.map((capability) => ({ capability, state: true }));
  await engine.ask("migrate-set-capabilities", { capabilities }, ANSWER_US);
  await engine.ask("migrate-set-parameters", stage.plan.parameters, ANSWER_US);
  return engine;
}

/** Faults last, then everything heals. @returns whether the migration has settled in time. */
async function firstMigration(stage: Stage, operator: Operator): Promise<boolean> {
  const { plan, clock, recorder: { milestones } } = stage;
  const faults = new FaultRunner(stage);
  stage.watchConnections((connection) => faults.opened(connection));
  faults.begin();
  await operator.begin();
  const migratedUs = milestones.migratedUs = clock.now();
  faults.migrated();
  const isOver = () =>
    isSettled(stage) && clock.now() >= migratedUs + faults.lastTimeUs && !faults.isDue;
  await operator.operate(plan.operator, isOver, plan.faultsUs);
  await heal(stage);
  milestones.healedUs = clock.now();
  const manner: Manner = {
    postcopyAfterUs: plan.capabilities.includes("postcopy-ram") ? 0 : null,
    reactionUs: 1000,
    patienceUs: 300_000,
    // A changed byte may have changed what one side knows of the other, and no network repairs that.
    ...(plan.faults.some(({ kind }) => kind === "corrupted-byte")
      ? { standstillUs: STANDSTILL_US }
      : {}),
  };
  return await operator.operate(manner, () => isSettled(stage), SETTLE_US);
}

/**
 * A migration that failed behind its commit leaves the guest stopped, for it may run on the destination. The operator makes sure that it
 * does not, and never will, before he lets it go on at the source.
 */
async function reclaimGuest(stage: Stage): Promise<void> {
  const [source, destination] = [stage.on("source"), stage.on("destination")];
  if (!source.alive || source.status !== "failed") return;
  const { value } = await source.ask("query-status", {}, ANSWER_US);
  const isStopped = (value as StatusInfo | null)?.running === false;
  if (!isStopped || (destination.alive && destination.status === "completed")) return;
  stage.kill(destination);
  await source.ask("cont", {}, ANSWER_US);
}

/** Faults off, limits off, the guest slowed down. */
async function heal(stage: Stage): Promise<void> {
  stage.simulation.allowSteps(HEALED_STEPS);
  stage.heal();
  stage.simulation.faults.heal();
  const limits = { "max-bandwidth": 0, "max-postcopy-bandwidth": 0 } as const;
  for (const engine of stage.engines) {
    if (!engine.alive) continue;
    engine.tell("migrate-set-parameters", limits, "operator");
    engine.tell("x-guest", { "touches-per-second": SLOW_TOUCHES }, "operator");
  }
  // Whatever undoes itself does so now.
  await stage.clock.sleep(1);
}

/** The guest goes on to a new engine; nothing is at fault but, where the plan has faults, a slow connect. @returns whether it has settled in time. */
async function secondMigration(stage: Stage, owner: ChaosEngine): Promise<boolean> {
  const { plan, clock, recorder } = stage;
  for (const engine of stage.engines) {
    if (engine !== owner && engine.alive && !await closeEngine(stage, engine)) return false;
  }
  recorder.beginSecond(owner.name);
  recorder.milestones.secondUs = clock.now();
  owner.beginAgain();
  await openEngine(stage, "third");
  const bandwidth = Math.round(pagesOf(plan) * PAGE_SIZE / SECOND_PASS_US * 1e6);
  const limits = { "max-bandwidth": bandwidth, "max-postcopy-bandwidth": bandwidth };
  await owner.ask("migrate-set-parameters", limits, ANSWER_US);
  const hasPostcopy = plan.capabilities.includes("postcopy-ram");
  const touches = hasPostcopy ? followedTouches(plan) : SLOW_TOUCHES;
  for (const engine of [owner, stage.on("destination")]) {
    await engine.ask("x-guest", { "touches-per-second": touches }, ANSWER_US);
  }
  if (plan.faults.length > 0) {
    // A wait that ends too early shows only where there is something to wait for.
    const connect = { kind: "delay", delayUs: SECOND_CONNECT_US } as const;
    stage.simulation.setShim([{ role: "preempt", connect }]);
  }
  const operator = new Operator(stage);
  await operator.begin();
  const manner: Manner = {
    postcopyAfterUs: hasPostcopy
      ? Math.min(plan.operator.postcopyAfterUs ?? 0, SECOND_PASS_US / 8)
      : null,
    reactionUs: 1000,
    patienceUs: 300_000,
  };
  if (!await operator.operate(manner, () => isSettled(stage), SETTLE_US)) return false;
  recorder.milestones.secondSettledUs = clock.now();
  await takeStates(stage);
  return true;
}

/** How many touches a second of each vCPU a stream that goes ahead of the guest can follow. */
function followedTouches(plan: Plan): number {
  const pagesPerSecond = pagesOf(plan) / SECOND_PASS_US * 1e6;
  const touches = Math.round(pagesPerSecond / STREAM_AHEAD / plan.guest.vcpus);
  return Math.min(touches, SECOND_TOUCHES_MAX);
}

/** Ends every engine, and everything that looks at them. */
async function closeStage(stage: Stage): Promise<void> {
  for (const engine of stage.engines) {
    if (!await closeEngine(stage, engine)) return;
  }
  stage.close();
  await stage.joinThreads();
  stage.recorder.milestones.endedUs = stage.clock.now();
}

/** Ends an engine, dead or alive. @returns whether it has ended in time. */
async function closeEngine(stage: Stage, engine: ChaosEngine): Promise<boolean> {
  stage.recorder.requests[engine.name] = engine.virtual.pageRequests.entries();
  let isClosed = false;
  stage.spawn("close", async () => {
    await engine.close();
    isClosed = true;
    stage.changed.notify();
  });
  return await stage.until(() => isClosed, SETTLE_US);
}
