/**
 * One run of a campaign: from a seed to what the campaign wants to know of its history.
 *
 * @module
 */

import type { MigrationStatus } from "../../lib/qapi/migration_status.ts";
import { drawPlan } from "../draw_plan.ts";
import type { FaultName } from "../faults/fault_table.ts";
import type { History } from "../history.ts";
import { judge, type Verdict, type Violation } from "../judge.ts";
import { type MarkName, marksOf } from "../marks.ts";
import { chooseOptions } from "../options.ts";
import type { OracleName } from "../oracles/oracle_table.ts";
import type { Plan } from "../plan.ts";
import { runPlan } from "../run.ts";
import { drawSchedule, makeSchedule, type ScheduleSpec, type Strategy } from "../schedule.ts";

/** What a seed stands for. */
export interface Experiment {
  readonly plan: Plan;
  readonly schedule: ScheduleSpec;
}

/** A fault that struck, and the statuses that it met. */
export interface Met {
  readonly fault: FaultName;
  readonly source: MigrationStatus;
  readonly destination: MigrationStatus;
}

/** What is known of a run. It can be sent from a Worker. */
export interface SeedReport {
  readonly seed: bigint;
  readonly traceHash: string;
  readonly violations: readonly Violation[];
  /** The first oracle that could not say, and why. */
  readonly unknown: { readonly oracle: OracleName; readonly message: string } | null;
  readonly virtualUs: number;
  readonly met: readonly Met[];
  readonly marks: readonly MarkName[];
}

/** The plan and the schedule of a seed. */
export function experimentOf(seed: bigint, strategy: Strategy): Experiment {
  return { plan: drawPlan(chooseOptions(seed)), schedule: drawSchedule(seed, strategy) };
}

/** Runs an experiment. @throws {ChaosMistake} when chaos itself failed. */
export function runExperiment({ plan, schedule }: Experiment): Promise<History> {
  return runPlan(plan, makeSchedule(schedule, plan.yieldsWhenReady));
}

/** Runs a seed. @throws {ChaosMistake} when chaos itself failed. */
export async function runSeed(seed: bigint, strategy: Strategy): Promise<SeedReport> {
  const history = await runExperiment(experimentOf(seed, strategy));
  return reportOf(seed, history, judge(history));
}

function reportOf(seed: bigint, history: History, verdict: Verdict): SeedReport {
  return {
    seed,
    traceHash: history.traceHash,
    violations: verdict.kind === "violated" ? verdict.violations : [],
    unknown: verdict.kind === "unknown"
      ? { oracle: verdict.oracle, message: describeError(verdict.error) }
      : null,
    virtualUs: history.outcome?.nowUs ?? 0,
    met: history.strikes.filter(({ hit }) => hit).map(({ index, statuses }) => ({
      fault: history.plan.faults[index]!.kind,
      ...statuses,
    })),
    marks: marksOf(history),
  };
}

/** What an error says, with its stack where it has one. */
export function describeError(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}
