/**
 * Compares two result files. Figures of virtual time are exact, so they are compared as they are. Those of the real one were not made in
 * turns: run by run in the order in which they were made, they hold what the machine did in between as well, and of two machines they say
 * nothing at all.
 *
 * @module
 */

import type { ClockKind, Metric } from "../../lib/measure/metric.ts";
import { METRICS } from "../../lib/measure/metrics.ts";
import { median } from "../../lib/measure/statistics.ts";
import type { ComparedFigure, Comparison } from "../../lib/report/comparison.ts";
import { worseBy } from "../../lib/report/comparison_verdict.ts";
import { parseResult, type Result, type RunResult } from "../../lib/report/result.ts";
import { formatNamedArm } from "../select_arm.ts";
import { CompareError } from "./compare_error.ts";
import { StatisticalGate, verdictOf } from "./gate.ts";
import { FALSE_ALARM } from "./looks.ts";
import type { FileOptions } from "./options.ts";
import { type Pair, pairUp, type Series } from "./series.ts";

/** Reads both files and compares them. @throws {CompareError | ResultError} where one is no result, or they have different clocks. */
export async function compareFiles(options: FileOptions): Promise<Comparison> {
  const [base, head] = [await readResult(options.base), await readResult(options.head)];
  return compareResults(base, head, options);
}

/** Compares two results. @throws {CompareError} where they have different clocks. */
export function compareResults(
  base: Result,
  head: Result,
  options: Pick<FileOptions, "base" | "head" | "failOn">,
): Comparison {
  if (base.clock !== head.clock) {
    throw new CompareError(
      `Cannot compare: expected two results of one clock, received ${base.clock} and ${head.clock}`,
    );
  }
  const { failOn } = options;
  const differing = environmentDifferences(base.environment, head.environment);
  const { series, lost, notes } = pairUp(pairsOf(base, head), base.clock);
  const figures = base.clock === "virtual"
    ? series.map((one) => compareExactly(one, failOn.share))
    : compareByChance(series, differing, failOn);
  return {
    schema: "faultline/comparison/1",
    base: { name: options.base, commit: base.commit },
    head: { name: options.head, commit: head.commit },
    clock: base.clock,
    environment: head.environment,
    machine: [],
    pairs: Math.max(0, ...series.map((one) => one.base.length)),
    failOn,
    figures,
    missing: lost,
    notes: [...differing.map(noteOf(base.clock)), ...noteTimes(base.clock), ...notes],
    verdict: verdictOf(figures, lost, failOn),
  };
}

async function readResult(file: string): Promise<Result> {
  try {
    return parseResult(await Deno.readTextFile(file), file);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.IsADirectory)) {
      throw error;
    }
    throw new CompareError(`Cannot compare: expected a result file, found none at ${file}`);
  }
}

/** The k-th run of each arm beside the k-th of the other result. */
function pairsOf(base: Result, head: Result): Pair[] {
  const [before, after] = [roundsOf(base.runs), roundsOf(head.runs)];
  return Array.from({ length: Math.max(before.length, after.length) }, (_, round) => ({
    base: before[round] ?? [],
    head: after[round] ?? [],
  }));
}

function roundsOf(runs: readonly RunResult[]): RunResult[][] {
  const rounds: RunResult[][] = [];
  const seen = new Map<string, number>();
  for (const run of runs) {
    const name = formatNamedArm(run);
    const round = seen.get(name) ?? 0;
    seen.set(name, round + 1);
    (rounds[round] ??= []).push(run);
  }
  return rounds;
}

function compareExactly(
  { scenario, arm, metric, base, head }: Series,
  limit: number,
): ComparedFigure {
  const { gate }: Metric = METRICS[metric];
  const [baseMedian, headMedian] = [median(base), median(head)];
  const ratio = baseMedian > 0 && headMedian > 0 ? headMedian / baseMedian : null;
  const worse = worseBy({ metric, ratio, baseMedian, headMedian });
  const verdict = Math.abs(worse) <= (gate.virtual ?? 0)
    ? "no change"
    : worse > 0
    ? "regression"
    : "improvement";
  const exact = { ratio, interval: null, p: null, adjustedP: null, visible: 0 };
  return {
    ...{ scenario, arm, metric, base, head, limit, baseMedian, headMedian },
    ...exact,
    verdict,
  };
}

function compareByChance(
  series: readonly Series[],
  differing: readonly string[],
  failOn: Comparison["failOn"],
): ComparedFigure[] {
  const reason = differing.length === 0 ? null : "the results are of two machines";
  return new StatisticalGate(failOn, () => reason).look(series, FALSE_ALARM);
}

function environmentDifferences(
  base: Result["environment"],
  head: Result["environment"],
): string[] {
  return [...new Set([...Object.keys(base), ...Object.keys(head)])]
    .filter((name) => base[name] !== head[name])
    .map((name) => `${name} was ${base[name] ?? "absent"} and is ${head[name] ?? "absent"}`);
}

function noteOf(clock: ClockKind): (difference: string) => string {
  return (difference) =>
    clock === "virtual"
      ? `${difference}: every figure may follow from it.`
      : `The machines differ: ${difference}.`;
}

function noteTimes(clock: ClockKind): string[] {
  return clock === "virtual" ? [] : [
    "The results were made one after the other: what the machine did in between counts as a change. " +
    "deno task compare --base runs both in turns.",
  ];
}
