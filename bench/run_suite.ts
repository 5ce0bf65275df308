/**
 * Runs scenarios: every arm as often as asked, the runs of a scenario interleaved, so that what the machine does meanwhile falls on all arms
 * alike. Results are handed out after each scenario, since a later one may fail.
 *
 * @module
 */

import { type Floors, measureFloors } from "../lib/measure/floors.ts";
import type { ClockKind } from "../lib/measure/metric.ts";
import type { RunResult } from "../lib/report/result.ts";
import type { RunKeeper } from "./keep_run.ts";
import { runArm } from "./run_arm.ts";
import { runIsolated } from "./run_isolated.ts";
import type { Scenario, ScenarioArm } from "./scenario.ts";
import { type Judgement, judgeThreshold } from "./threshold.ts";

/** How scenarios are run. */
export interface SuiteOptions {
  readonly clock: ClockKind;
  /** Runs of each arm. */
  readonly runs: number;
  /** The first run of an arm has this seed, each further one the next. */
  readonly seed: number;
  /** Where the details of each run go; `null`: nowhere. */
  readonly keeper: RunKeeper | null;
  /** Ends the run that goes on, and begins no other. */
  readonly signal: AbortSignal;
}

/** One run of a suite. */
export interface Job {
  readonly scenario: Scenario;
  readonly arm: ScenarioArm;
  readonly seed: number;
}

/** A scenario that was run. */
export interface ScenarioReport {
  readonly scenario: Scenario;
  readonly runs: readonly RunResult[];
  /** Of the scenario's thresholds about the arms that were run. */
  readonly judgements: readonly Judgement[];
}

/**
 * Runs the scenarios one after the other.
 *
 * @param onJob told of each run before it begins.
 * @yields a report of each scenario; none of one that was interrupted.
 */
export async function* runSuite(
  scenarios: readonly Scenario[],
  options: SuiteOptions,
  onJob: (job: Job) => void,
): AsyncGenerator<ScenarioReport> {
  // A process that has one job only is the one that a run has of its own.
  const isolate = jobsOf(scenarios, options).length > 1;
  let floors: Floors | null = null;
  for (const scenario of scenarios) {
    const runs: RunResult[] = [];
    for (const job of jobsOf([scenario], options)) {
      if (options.signal.aborted) return;
      onJob(job);
      const run = isolate && scenario.processPerRun
        ? await runIsolated(job, options)
        : await runHere(job, floors ??= await floorsOf(options.clock), options);
      if (run === null) return;
      runs.push(run);
    }
    const judgements = scenario.thresholds[options.clock]
      .map((threshold) => judgeThreshold(threshold, runs));
    yield { scenario, runs, judgements };
  }
}

/** Every run, in the order in which they are made. */
export function jobsOf(
  scenarios: readonly Scenario[],
  { runs, seed }: Pick<SuiteOptions, "runs" | "seed">,
): Job[] {
  return scenarios.flatMap((scenario) =>
    Array.from({ length: runs }, (_, run) => seedOf(seed, run)).flatMap((seed) =>
      scenario.arms.map((arm) => ({ scenario, arm, seed }))
    )
  );
}

/** Seeds are 32 bits wide. */
function seedOf(first: number, run: number): number {
  return (first + run) % 2 ** 32;
}

/** The raw limits of this machine; virtual time has none. */
async function floorsOf(clock: ClockKind): Promise<Floors | null> {
  return clock === "real" ? await measureFloors() : null;
}

async function runHere(
  job: Job,
  floors: Floors | null,
  options: SuiteOptions,
): Promise<RunResult | null> {
  const { scenario, arm, seed } = job;
  const { clock, signal } = options;
  const kept = options.keeper?.open(job);
  const run = await runArm(arm, { clock, seed, floors, signal, log: kept?.log ?? (() => {}) });
  if (run === null) return null;
  kept?.write(run);
  return {
    scenario: scenario.name,
    arm: arm.arm,
    metrics: run.metrics,
    outcome: run.outcome,
    ...run.failure !== null && { failure: run.failure },
  };
}
