/**
 * The result file of a bench: what was run, what came out, and whether it held. One JSON object, `faultline/result/1`.
 *
 * The hard thing about it is what is not there. A metric that was not measured is absent, never 0, and JSON would quietly turn a NaN
 * into `null`: so writer and reader check against the same schema, and whoever reads a file learns which entry is wrong.
 *
 * @module
 */

import { z } from "zod";
import { invariant } from "../invariant.ts";
import { checkJson, checkValue } from "./check_json.ts";
import { formatJson } from "./format_json.ts";
import { RUN_DETAILS } from "./run_details.ts";

const VERDICT = z.enum(["pass", "fail", "inconclusive"]);

const OUTCOME = z.strictObject({
  /** QAPI's status of the migration on each side, at the end of the run; one that no release known here has is kept as it is. */
  source: z.string(),
  destination: z.string(),
  /**
   * How RAM compares with what the guest must have left, on the side where the guest runs. `incomplete`: pages are missing there.
   * `absent`: what it must have left is not known.
   */
  ram: z.enum(["identical", "different", "incomplete", "absent"]),
  /** Where the guest ran at the end. `both` is the one thing that must never be. `unknown`: a side that lives did not say. */
  guest: z.enum(["source", "destination", "both", "none", "unknown"]),
});

/** One run of one arm, as files hold it. */
export const RUN = z.strictObject({
  scenario: z.string(),
  arm: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  /** Figures by the names of `lib/measure/metrics.ts`. */
  metrics: z.record(z.string().regex(/^[a-z][a-z0-9.-]*$/), z.number()),
  outcome: OUTCOME,
  /** Why the scenario could not be carried out to its end, as a sentence. Its metrics are those of the part that was. */
  failure: z.string().optional(),
  /** What reports show of it. */
  details: RUN_DETAILS.optional(),
});

/** What the scenarios of the runs were about. */
const SCENARIO = z.strictObject({
  name: z.string(),
  question: z.string(),
  /** Where it was read from; in a checkout from its root. */
  file: z.string(),
  /** Metrics that answer the question, in order. */
  show: z.array(z.string()),
  /** One sentence that says what came out; `null` where the scenario gives none. */
  meaning: z.string().nullable(),
});

const THRESHOLD = z.strictObject({
  expression: z.string(),
  /** Both sides of the comparison; `null` where a metric is absent. */
  value: z.number().nullable(),
  limit: z.number().nullable(),
  verdict: VERDICT,
});

const RESULT = z.strictObject({
  schema: z.literal("faultline/result/1"),
  /** The commit of Faultline that ran, with `+changes` where files differed from it; `unknown` outside of a checkout. */
  commit: z.string(),
  /** What figures depend on: in real time the machine, in virtual time the prices of work and the link. */
  environment: z.record(z.string(), z.union([z.string(), z.number()])),
  clock: z.enum(["real", "virtual"]),
  seed: z.int().min(0),
  scenarios: z.array(SCENARIO).optional(),
  runs: z.array(RUN),
  thresholds: z.array(THRESHOLD),
  verdict: VERDICT,
});

export type DeepReadonly<T> = { readonly [K in keyof T]: DeepReadonly<T[K]> };

/** A bench's result. */
export type Result = DeepReadonly<z.infer<typeof RESULT>>;

/** One run of one arm. */
export type RunResult = Result["runs"][number];

/** What had become of a migration when its run ended. */
export type RunOutcome = RunResult["outcome"];

/** What a scenario was about. */
export type ScenarioSummary = NonNullable<Result["scenarios"]>[number];

/** How one threshold was judged. */
export type ThresholdResult = Result["thresholds"][number];

/** `inconclusive`: the machine was too noisy to say. */
export type Verdict = Result["verdict"];

/** The published schema, `lib/report/result.schema.json`. */
export function resultJsonSchema(): Record<string, unknown> {
  return { title: "A bench result of Faultline", ...z.toJSONSchema(RESULT) };
}

/** A file that is no result. */
export class ResultError extends Error {
  override readonly name = "ResultError";
}

/** The text of a result file. @throws {InvariantError} of what the reader would refuse, NaN among it. */
export function formatResult(result: Result): string {
  const checked = checkValue(RESULT, result);
  const problem = checked.kind === "wrong" ? checked.problem : null;
  invariant(problem === null, `a result that no one could read: ${problem}`);
  return `${formatJson(result)}\n`;
}

/**
 * Reads a result file.
 *
 * @param name what the text is called in errors.
 * @throws {ResultError} naming the entry, what was expected and what was found.
 *
 * @example
 * ```ts
 * import { assertThrows } from "@std/assert";
 * assertThrows(
 *   () => parseResult(`{"schema": "faultline/result/0"}`, "old.json"),
 *   ResultError,
 *   `Cannot read old.json: schema: expected "faultline/result/1", received "faultline/result/0"`,
 * );
 * ```
 */
export function parseResult(text: string, name: string): Result {
  const checked = checkJson(RESULT, text);
  if (checked.kind === "wrong") throw new ResultError(`Cannot read ${name}: ${checked.problem}`);
  return checked.value;
}
