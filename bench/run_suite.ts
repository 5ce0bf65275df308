/**
 * Runs scenarios: every arm as often as asked, the runs of a scenario interleaved, so that what the machine does meanwhile falls on all arms
 * alike. Results are handed out after each scenario, since a later one may fail.
 *
 * @module
 */

import { type Floors, measureFloors } from "../lib/measure/floors.ts";
import type { ClockKind } from "../lib/measure/metric.ts";
import type { EngineChoices } from "../lib/pair/pair.ts";
import type { RunResult } from "../lib/report/result.ts";
import { WorkerPool } from "../lib/world/realtime/worker_pool.ts";
import type { RunKeeper } from "./keep_run.ts";
import { detailsOfRun } from "./details_of_run.ts";
import { metricsOfRun } from "./metrics_of_run.ts";
import { runIsolated } from "./run_isolated.ts";
import type { ArmRun } from "./run_on_pair.ts";
import { runReal } from "./run_real.ts";
import { runVirtual } from "./run_virtual.ts";
import type { Scenario, ScenarioArm } from "./scenario.ts";
import { type Judgement, judgeThreshold } from "./threshold.ts";
import { hasEmbeddedSide, warmUp } from "./warm_up.ts";

/** How scenarios are run. */
export interface SuiteOptions {
  readonly clock: ClockKind;
  /** Runs of each arm. */
  readonly runs: number;
  /** The first run of an arm has this seed, each further one the next. */
  readonly seed: number;
  /** What migrates to what. @default {EMBEDDED_PAIR} */
  readonly engines?: EngineChoices | undefined;
  /** How long an engine may owe an answer until it is given up, in microseconds. @default {ANSWER_TIMEOUT_US} */
  readonly answerTimeoutUs?: number | undefined;
  /** Whether floors are measured. */
  readonly floors: boolean;
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

/** What a run is made for. */
export type RunPurpose = "warm-up" | "measurement";

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
 * @param onJob told of each run before it begins. Those to warm up are none of `jobsOf`, since how many they are is a matter of time.
 * @yields a report of each scenario; none of one that was interrupted.
 */
export async function* runSuite(
  scenarios: readonly Scenario[],
  options: SuiteOptions,
  onJob: (job: Job, purpose: RunPurpose) => void,
): AsyncGenerator<ScenarioReport> {
  using pool = new WorkerPool();
  let measured: Promise<Floors> | undefined;
  const floors = () => options.floors ? measured ??= measureFloors() : Promise.resolve(null);
  const ground = { pool, floors };
  for (const scenario of scenarios) {
    const runs: RunResult[] = [];
    await warmUpScenario(scenario, options, { pool, onRun: (job) => onJob(job, "warm-up") });
    for (const job of jobsOf([scenario], options)) {
      if (options.signal.aborted) return;
      onJob(job, "measurement");
      const run = await runJob(job, ground, options);
      if (run === null) return;
      runs.push(run);
    }
    const judgements = scenario.thresholds[options.clock]
      .map((threshold) => judgeThreshold(threshold, runs));
    yield { scenario, runs, judgements };
  }
}

/** Makes the unmeasured runs of a scenario, up to one that fails, as the measured ones will tell. */
export async function warmUpScenario(
  scenario: Scenario,
  { clock, seed, engines, answerTimeoutUs, signal }: SuiteOptions,
  { pool, onRun }: { readonly pool: WorkerPool; readonly onRun: (job: Job) => void },
): Promise<void> {
  if (clock === "virtual" || scenario.processPerRun) return;
  if (!scenario.arms.some((arm) => hasEmbeddedSide(arm.engines ?? engines))) return;
  await warmUp(scenario.warmUp, async (arm) => {
    if (signal.aborted) return false;
    onRun({ scenario, arm, seed });
    const run = await runReal(arm, { seed, engines, answerTimeoutUs, signal, log: () => {} }, pool);
    return run !== null && run.failure === null;
  });
}

/** Every run that is measured, in the order in which they are made. */
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

/** Runs a job; `null` if it was interrupted. */
export async function runJob(
  job: Job,
  { pool, floors }: { readonly pool: WorkerPool; readonly floors: () => Promise<Floors | null> },
  { clock, engines, answerTimeoutUs, signal, keeper, floors: measured }: SuiteOptions,
): Promise<RunResult | null> {
  const { scenario, arm, seed } = job;
  const kept = keeper?.open(job);
  const log = kept?.log ?? (() => {});
  const options = { seed, engines, answerTimeoutUs, signal, log };
  const made = clock === "virtual"
    ? await withFloors(runVirtual(arm, options), () => Promise.resolve(null))
    : scenario.processPerRun
    ? await runIsolated({ arm, warmUpUs: scenario.warmUp.forUs, floors: measured }, options)
    : await withFloors(runReal(arm, options, pool), floors);
  if (made === null) return null;
  const { outcome, failure, record } = made.run;
  const metrics = metricsOfRun(record, made.floors);
  kept?.write(made.run, metrics);
  return {
    scenario: scenario.name,
    arm: arm.arm,
    metrics,
    outcome,
    ...failure !== null && { failure },
    details: detailsOfRun(job, record),
  };
}

/** A run and the floors, which are measured after it: its peak of memory would otherwise be theirs. */
async function withFloors<F>(
  running: Promise<ArmRun | null>,
  floors: () => Promise<F>,
): Promise<{ readonly run: ArmRun; readonly floors: F } | null> {
  const run = await running;
  return run === null ? null : { run, floors: await floors() };
}
