/**
 * An experiment: a plan and a schedule, so all that a run follows from.
 *
 * @module
 */

import { encodeChoices } from "./choices.ts";
import { drawPlan } from "./draw_plan.ts";
import type { History } from "./history.ts";
import { chooseOptions } from "./options.ts";
import type { Plan } from "./plan.ts";
import { runPlan } from "./run.ts";
import {
  drawSchedule,
  makeSchedule,
  recordChoices,
  type ScheduleSpec,
  type Strategy,
} from "./schedule.ts";

/** What a run is made of. */
export interface Experiment {
  readonly plan: Plan;
  readonly schedule: ScheduleSpec;
}

/** The plan and the schedule of a seed. */
export function experimentOf(seed: bigint, strategy: Strategy): Experiment {
  return { plan: drawPlan(chooseOptions(seed)), schedule: drawSchedule(seed, strategy) };
}

/** Runs an experiment. @throws {ChaosMistake} when chaos itself failed. */
export function runExperiment({ plan, schedule }: Experiment): Promise<History> {
  return runPlan(plan, makeSchedule(schedule, plan.yieldsWhenReady));
}

/** Runs an experiment, and gives the choices that were made. @throws {ChaosMistake} when chaos itself failed. */
export async function recordExperiment(
  { plan, schedule }: Experiment,
): Promise<{ readonly history: History; readonly choices: readonly number[] }> {
  const recorded = recordChoices(makeSchedule(schedule, plan.yieldsWhenReady));
  return { history: await runPlan(plan, recorded), choices: recorded.choices };
}

/** The same plan under choices that were made. */
export function withChoices(plan: Plan, choices: readonly number[]): Experiment {
  if (choices.every((choice) => choice === 0)) return { plan, schedule: { kind: "fifo" } };
  return { plan, schedule: { kind: "recorded", choices: encodeChoices(choices) } };
}
