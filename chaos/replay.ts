/**
 * Sees a failure again: the same run where the code is the same, else the plan under many schedules.
 *
 * @module
 */

import type { History } from "./history.ts";
import { runExperiment } from "./experiment.ts";
import { judge, type Verdict } from "./judge.ts";
import type { Repro } from "./repro.ts";
import type { Plan } from "./plan.ts";
import type { ScheduleSpec } from "./schedule.ts";

/** Schedules that a plan is run under where its own means nothing. */
export const REPLAY_SCHEDULES = 50;

/** One run of a plan. */
export interface PlanRun {
  readonly schedule: ScheduleSpec;
  readonly history: History;
  readonly verdict: Verdict;
}

/** The run of a repro. */
export async function replayRun(repro: Pick<Repro, "plan" | "schedule">): Promise<PlanRun> {
  const history = await runExperiment(repro);
  return { schedule: repro.schedule, history, verdict: judge(history) };
}

/** A plan under `REPLAY_SCHEDULES` schedules: first in, first out, then random ones and PCT in turn. */
export async function* replayPlan(plan: Plan): AsyncGenerator<PlanRun> {
  for (let number = 0; number < REPLAY_SCHEDULES; number++) {
    yield await replayRun({ plan, schedule: scheduleOf(number) });
  }
}

function scheduleOf(number: number): ScheduleSpec {
  if (number === 0) return { kind: "fifo" };
  const seed = String(number);
  if (number % 3 === 0) return { kind: "pct", seed, depth: 1 + number % 5, choices: 1000 };
  return { kind: "random", seed, firstShare: number % 2 === 0 ? 0 : 0.9 };
}
