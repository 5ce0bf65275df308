/**
 * What a campaign does with one seed: from the seed to what the campaign wants to know.
 *
 * @module
 */

import { mix32 } from "../../lib/ram/mix32.ts";
import { type Cell, cellsOf } from "../coverage.ts";
import { type Experiment, experimentOf, runExperiment, withChoices } from "../experiment.ts";
import { explore } from "../explore.ts";
import type { History } from "../history.ts";
import { judge, type Violation } from "../judge.ts";
import { type MarkName, marksOf } from "../marks.ts";
import type { OracleName } from "../oracles/oracle_table.ts";
import type { Strategy } from "../schedule.ts";
import { drawTinyPlan } from "../tiny_plan.ts";

/** One drawn run of each seed, or every schedule of a tiny plan. */
export type CampaignStrategy = Strategy | "exhaustive";

/** What is known of a seed. It can be sent from a Worker. */
export interface SeedReport {
  readonly seed: bigint;
  readonly traceHash: string;
  readonly violations: readonly Violation[];
  /** What broke an oracle; `null`: nothing did. */
  readonly experiment: Experiment | null;
  /** The first oracle that could not say, and why. */
  readonly unknown: { readonly oracle: OracleName; readonly message: string } | null;
  readonly virtualUs: number;
  readonly cells: readonly Cell[];
  readonly marks: readonly MarkName[];
  /** Runs that were made. */
  readonly schedules: number;
}

/** What an exhaustive search goes to. */
export interface SearchBounds {
  /** Choices of a schedule that differ from first in, first out. */
  readonly deviations: number;
}

/**
 * Runs a seed.
 *
 * @param onRun called before each run.
 * @throws {ChaosMistake} when chaos itself failed.
 */
export async function runSeed(
  seed: bigint,
  strategy: CampaignStrategy,
  bounds: SearchBounds,
  onRun: () => void,
): Promise<SeedReport> {
  onRun();
  if (strategy === "exhaustive") return await searchSeed(seed, bounds, onRun);
  const experiment = experimentOf(seed, strategy);
  return reportOf(seed, await runExperiment(experiment), experiment);
}

/** Every schedule within the bounds, up to the first that breaks an oracle. */
async function searchSeed(
  seed: bigint,
  { deviations }: SearchBounds,
  onRun: () => void,
): Promise<SeedReport> {
  const plan = drawTinyPlan(seed);
  let report: SeedReport | null = null;
  let hash = 0;
  for await (const { history, choices } of explore(plan, deviations)) {
    const one = reportOf(seed, history, withChoices(plan, choices));
    hash = mixText(hash, one.traceHash);
    report = report === null ? one : {
      ...one,
      unknown: report.unknown ?? one.unknown,
      virtualUs: report.virtualUs + one.virtualUs,
      cells: report.cells,
      marks: [...new Set([...report.marks, ...one.marks])],
      schedules: report.schedules + 1,
    };
    if (one.violations.length > 0) break;
    onRun();
  }
  return { ...report!, traceHash: (hash >>> 0).toString(16).padStart(8, "0") };
}

function reportOf(seed: bigint, history: History, experiment: Experiment): SeedReport {
  const verdict = judge(history);
  return {
    seed,
    traceHash: history.traceHash,
    violations: verdict.kind === "violated" ? verdict.violations : [],
    experiment: verdict.kind === "violated" ? experiment : null,
    unknown: verdict.kind === "unknown"
      ? { oracle: verdict.oracle, message: describeError(verdict.error) }
      : null,
    virtualUs: history.outcome?.nowUs ?? 0,
    cells: cellsOf(history),
    marks: marksOf(history),
    schedules: 1,
  };
}

/** Mixes a text into a hash. */
export function mixText(hash: number, text: string): number {
  let mixed = hash;
  for (let at = 0; at < text.length; at++) mixed = mix32(mixed ^ text.charCodeAt(at));
  return mixed;
}

/** What an error says, with its stack where it has one. */
export function describeError(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}
