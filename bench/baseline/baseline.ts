/**
 * The baseline: the figures of virtual time that were accepted last, committed as `bench/baseline.json`. Virtual time gives the same figures
 * on every machine, so whatever differs from it is the work of a change of the code, the scenarios or the prices of work, and somebody has
 * to say that it is meant.
 *
 * @module
 */

import { z } from "zod";
import { invariant } from "../../lib/invariant.ts";
import type { Metric } from "../../lib/measure/metric.ts";
import { isMetricName, METRICS } from "../../lib/measure/metrics.ts";
import { checkJson, checkValue } from "../../lib/report/check_json.ts";
import { formatJson } from "../../lib/report/format_json.ts";
import { type DeepReadonly, ResultError, RUN, type RunResult } from "../../lib/report/result.ts";

const SUITE = z.strictObject({
  /** Who is to be asked why these figures are right: the reason, the commit on whose checkout they were made, and the day. */
  accepted: z.strictObject({
    reason: z.string().min(1),
    commit: z.string(),
    date: z.string().regex(/^\d{4}-\d\d-\d\d$/),
  }),
  /** The prices of work and the link. */
  environment: z.record(z.string(), z.union([z.string(), z.number()])),
  seed: z.int().min(0),
  /** One of each arm, with the gated metrics alone. */
  runs: z.array(RUN.omit({ details: true, failure: true })),
});

const BASELINE = z.strictObject({
  schema: z.literal("faultline/baseline/1"),
  suites: z.record(z.string(), SUITE),
});

/** What was accepted, by suite. */
export type Baseline = DeepReadonly<z.infer<typeof BASELINE>>;

/** What was accepted of one suite. */
export type SuiteBaseline = Baseline["suites"][string];

/** Before anything was accepted. */
export const EMPTY_BASELINE: Baseline = { schema: "faultline/baseline/1", suites: {} };

/** The text of a baseline's file. */
export function formatBaseline(baseline: Baseline): string {
  const checked = checkValue(BASELINE, baseline);
  const problem = checked.kind === "wrong" ? checked.problem : null;
  invariant(problem === null, `a baseline that no one could read: ${problem}`);
  return `${formatJson(baseline)}\n`;
}

/** Reads a baseline's file. @throws {ResultError} naming the entry, what was expected and what was found. */
export function parseBaseline(text: string, name: string): Baseline {
  const checked = checkJson(BASELINE, text);
  if (checked.kind === "wrong") throw new ResultError(`Cannot read ${name}: ${checked.problem}`);
  return checked.value;
}

/** A run as a baseline keeps it. */
export function gatedPartOf({ scenario, arm, metrics, outcome }: RunResult): RunResult {
  const gated = Object.entries(metrics).filter(([name]) => virtualToleranceOf(name) !== null);
  return { scenario, arm, metrics: Object.fromEntries(gated), outcome };
}

/** By which share of the old figure a metric may differ; `null`: it is not gated. */
export function virtualToleranceOf(name: string): number | null {
  const metric: Metric | undefined = isMetricName(name) ? METRICS[name] : undefined;
  return metric?.gate.virtual ?? null;
}
