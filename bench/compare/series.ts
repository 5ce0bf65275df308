/**
 * Pairs of results as series, one for each figure, and what cannot be paired. The hard thing is what is missing on one side: a scenario or a
 * metric that vanished must not leave the gate unnoticed.
 *
 * @module
 */

import type { ClockKind, Metric } from "../../lib/measure/metric.ts";
import { isMetricName, type MetricName, METRICS } from "../../lib/measure/metrics.ts";
import { median } from "../../lib/measure/statistics.ts";
import type { RunResult } from "../../lib/report/result.ts";
import { formatNamedArm, type NamedArm } from "../select_arm.ts";

/** The runs of both sides that were made next to each other. */
export interface Pair {
  readonly base: readonly RunResult[];
  readonly head: readonly RunResult[];
}

/** One metric of one arm, pair by pair. */
export interface Series extends NamedArm {
  readonly metric: MetricName;
  readonly base: readonly number[];
  readonly head: readonly number[];
}

/** What pairs hold. */
export interface PairedSeries {
  readonly series: readonly Series[];
  /** What the head lost, as sentences: each is a failure. */
  readonly lost: readonly string[];
  /** What is no loss, but has to be known. */
  readonly notes: readonly string[];
}

/** Whether a comparison judges a metric in a clock. */
export function isJudged(name: MetricName, clock: ClockKind): boolean {
  const { better, gate }: Metric = METRICS[name];
  return better !== "neither" && gate[clock] !== null;
}

/** Sorts what was measured. */
export function pairUp(pairs: readonly Pair[], clock: ClockKind): PairedSeries {
  const base = byArm(pairs.map((pair) => pair.base));
  const head = byArm(pairs.map((pair) => pair.head));
  const series: Series[] = [];
  const lost: string[] = [];
  const notes: string[] = [];
  for (const [arm, before] of base) {
    const after = head.get(arm);
    if (after === undefined) {
      lost.push(`${arm} vanished.`);
      continue;
    }
    const ends = compareEnds(arm, before, after);
    lost.push(...ends.lost);
    notes.push(...ends.notes);
    for (const metric of metricsOf([...before, ...after], clock)) {
      const figures = pairFigures(before, after, metric);
      if (figures.base.length > 0) series.push({ ...nameOf(before[0]!), metric, ...figures });
      else if (before.some(({ metrics }) => metric in metrics)) {
        lost.push(`${metric} of ${arm} vanished.`);
      } else notes.push(`${metric} of ${arm} is new: there is nothing to compare it with.`);
    }
  }
  for (const arm of head.keys()) {
    if (!base.has(arm)) notes.push(`${arm} is new: there is nothing to compare it with.`);
  }
  return { series, lost, notes };
}

/** A run of each side, where both carried the scenario through: anything else measured something else. */
function pairFigures(
  before: readonly RunResult[],
  after: readonly RunResult[],
  metric: MetricName,
): { readonly base: number[]; readonly head: number[] } {
  const base: number[] = [];
  const head: number[] = [];
  for (const [index, run] of before.entries()) {
    const [one, other] = [run.metrics[metric], after[index]?.metrics[metric]];
    if (one === undefined || other === undefined) continue;
    if (run.failure !== undefined || after[index]?.failure !== undefined) continue;
    base.push(one);
    head.push(other);
  }
  return { base, head };
}

/**
 * The runs of one process as one of each arm: medians of what all of its runs have measured, and the end of one that failed, where one did.
 * A pair compares processes, since the runs of one have much in common.
 */
export function condense(runs: readonly RunResult[]): RunResult[] {
  return [...byArm([runs]).values()].map((ofArm) => {
    const names = Object.keys(ofArm[0]!.metrics);
    const measured = names.filter((name) => ofArm.every(({ metrics }) => name in metrics));
    const metrics = Object.fromEntries(
      measured.map((name) => [name, median(ofArm.map((run) => run.metrics[name]!))]),
    );
    const { details: _, ...end } = ofArm.find(({ failure }) => failure !== undefined) ?? ofArm[0]!;
    return { ...end, metrics };
  });
}

/**
 * A run with the figures that its scenario shows: others say the same with more noise, and each that is judged takes from all others. Where
 * it shows none that is judged, all are kept.
 */
export function keepShown(run: RunResult, show: readonly string[] = []): RunResult {
  const judged = show.filter((name) => isMetricName(name) && isJudged(name, "real"));
  if (judged.length === 0) return run;
  const metrics = Object.entries(run.metrics).filter(([name]) => judged.includes(name));
  return { ...run, metrics: Object.fromEntries(metrics) };
}

/** How the runs of an arm ended: what never went wrong before may not begin to. */
function compareEnds(
  arm: string,
  before: readonly RunResult[],
  after: readonly RunResult[],
): { readonly lost: string[]; readonly notes: string[] } {
  const ends = new Set(before.map(endOf));
  const others = after.map(endOf).filter((end) => !ends.has(end));
  if (others.length > 0) {
    const count = `${others.length} of ${after.length} runs of ${arm}`;
    return { lost: [`${count} ended otherwise than the base's: ${others[0]}.`], notes: [] };
  }
  const failed = before.find(({ failure }) => failure !== undefined)?.failure;
  return { lost: [], notes: failed === undefined ? [] : [`The base fails in ${arm}: ${failed}.`] };
}

function endOf({ outcome, failure }: RunResult): string {
  const { source, destination, ram, guest } = outcome;
  const state = `source ${source}, destination ${destination}, RAM ${ram}, guest on ${guest}`;
  return failure === undefined ? state : `${state}; it failed, too`;
}

function metricsOf(runs: readonly RunResult[], clock: ClockKind): MetricName[] {
  const names = Object.keys(METRICS) as MetricName[];
  return names.filter((name) =>
    isJudged(name, clock) && runs.some(({ metrics }) => name in metrics)
  );
}

function nameOf({ scenario, arm }: RunResult): NamedArm {
  return { scenario, arm };
}

/** Every arm's runs, in the order of the pairs. */
function byArm(results: readonly (readonly RunResult[])[]): Map<string, RunResult[]> {
  const arms = new Map<string, RunResult[]>();
  for (const run of results.flat()) {
    const name = formatNamedArm(run);
    arms.set(name, [...arms.get(name) ?? [], run]);
  }
  return arms;
}
