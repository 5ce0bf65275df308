/**
 * The result file of a comparison: two revisions, or two result files, figure by figure. One JSON object, `faultline/comparison/1`.
 *
 * @module
 */

import { z } from "zod";
import { invariant } from "../invariant.ts";
import { checkValue } from "./check_json.ts";
import { formatJson } from "./format_json.ts";
import { type DeepReadonly, RUN } from "./result.ts";

const SIDE = z.strictObject({
  /** As it was given: a revision, `.`, or a file. */
  name: z.string(),
  commit: z.string(),
});

const MACHINE_CHECK = z.strictObject({
  name: z.string(),
  /** `null`: not known on this machine. */
  value: z.number().nullable(),
  limit: z.number(),
  met: z.boolean(),
  /** Metrics of these units get no verdict where it is not met. */
  units: z.array(z.enum(["ms", "us", "mib-per-s", "mib", "bytes", "count", "share"])),
  /** Value and limit, for people. */
  text: z.string(),
});

const FIGURE = z.strictObject({
  scenario: RUN.shape.scenario,
  arm: RUN.shape.arm,
  metric: z.string(),
  /** What was measured, pair by pair. */
  base: z.array(z.number()),
  head: z.array(z.number()),
  /**
   * `no change`: none that could have been seen, and `visible` says what could. `inconclusive`: too much noise for as many pairs as there
   * are. `unfit`: the machine, or the figure itself, does not allow a verdict.
   */
  verdict: z.enum(["regression", "improvement", "no change", "inconclusive", "unfit"]),
  /** Medians, and the median of the pairs' head / base with the interval that holds it with a confidence of 95 %. */
  baseMedian: z.number(),
  headMedian: z.number(),
  ratio: z.number().nullable(),
  interval: z.strictObject({ low: z.number(), high: z.number() }).nullable(),
  /** Wilcoxon's two-sided p of this figure alone, and Holm's of all figures. */
  p: z.number().nullable(),
  adjustedP: z.number().nullable(),
  /**
   * The smallest change, as a share, that is of interest: from there on one fails, and it must be visible before there is said to be none.
   * The share of `failOn`, or the metric's own where that is larger.
   */
  limit: z.number(),
  /** The smallest change, as a share, that could have been seen; `null`: none could. */
  visible: z.number().nullable(),
  /** Why it is unfit. */
  reason: z.string().optional(),
});

const COMPARISON = z.strictObject({
  schema: z.literal("faultline/comparison/1"),
  base: SIDE,
  head: SIDE,
  clock: z.enum(["real", "virtual"]),
  environment: z.record(z.string(), z.union([z.string(), z.number()])),
  machine: z.array(MACHINE_CHECK),
  pairs: z.int().min(0),
  /** What fails the comparison: a verdict, and from which share on, unless a figure's limit is larger. */
  failOn: z.strictObject({ verdict: z.enum(["regression", "improvement"]), share: z.number() }),
  figures: z.array(FIGURE),
  /** What one side has and the other has not, and runs that failed, as sentences. Those of the first kind fail. */
  missing: z.array(z.string()),
  notes: z.array(z.string()),
  verdict: z.enum(["pass", "fail", "inconclusive"]),
});

/** A comparison. */
export type Comparison = DeepReadonly<z.infer<typeof COMPARISON>>;

/** One figure of it. */
export type ComparedFigure = Comparison["figures"][number];

/** What the machine was like. */
export type MachineCheck = Comparison["machine"][number];

/** The published schema, `lib/report/comparison.schema.json`. */
export function comparisonJsonSchema(): Record<string, unknown> {
  return { title: "A comparison of Faultline", ...z.toJSONSchema(COMPARISON) };
}

/** The text of a comparison's file. */
export function formatComparison(comparison: Comparison): string {
  const checked = checkValue(COMPARISON, comparison);
  const problem = checked.kind === "wrong" ? checked.problem : null;
  invariant(problem === null, `a comparison that no one could read: ${problem}`);
  return `${formatJson(comparison)}\n`;
}
