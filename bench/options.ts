/**
 * The command line of `bench`, read. Whatever the user got wrong ends in one sentence that names the option and what it must be.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import type { ClockKind } from "../lib/measure/metric.ts";
import { isMetricName, type MetricName, METRICS } from "../lib/measure/metrics.ts";
import { OUTPUT_OPTIONS, type OutputFiles, readOutputFiles } from "../lib/report/outputs.ts";
import { didYouMean } from "../lib/report/nearest.ts";
import {
  ExpressionError,
  parseSelector,
  parseThreshold,
  type Selector,
  type Threshold,
} from "./expression.ts";
import { formatQuantity, parseQuantity } from "../lib/netem/units.ts";
import { ANSWER_TIMEOUT_US, EMBEDDED_PAIR, type EngineChoices } from "../lib/pair/pair.ts";
import { ENGINE_OPTIONS, type QemuChoice, readEngines, readQemus } from "./engine_options.ts";
import { isSuiteName, type SuiteName, SUITES } from "./suites.ts";
import {
  readChoice,
  readInteger,
  refuseEmpty,
  refuseUnknown,
  UsageError,
  wrong,
} from "./usage_error.ts";

/** What is to be run, and how. */
export interface BenchOptions {
  readonly clock: ClockKind;
  readonly what: { readonly suite: SuiteName } | { readonly file: string };
  /** Only arms with these values. */
  readonly arm: Selector;
  readonly runs: number;
  readonly seed: number;
  /** Whether the raw limits of the machine are measured, which takes a second. */
  readonly floors: boolean;
  /** File for the result. */
  readonly json: string | null;
  readonly thresholds: readonly Threshold[];
  /** Folder for the details of each run. */
  readonly keep: string | null;
  readonly quiet: boolean;
  /** Says by its exit code what `git bisect run` asks for. */
  readonly bisect: boolean;
  /** What migrates to what. */
  readonly engines: EngineChoices;
  /** Of the suite `qemu`: what runs beside our engine, each on both sides. Empty in any other. */
  readonly qemus: readonly QemuChoice[];
  /** How long an engine may owe an answer until it is given up, in microseconds. */
  readonly answerTimeoutUs: number;
  /** What else the result is written as. */
  readonly outputs: OutputFiles;
  /** The gate against accepted figures of virtual time; `null`: none. */
  readonly baseline: BaselineOptions | null;
}

/** `--baseline` and `--accept`. */
export interface BaselineOptions {
  /** `null`: the committed one. */
  readonly file: string | null;
  /** Why the figures of this run are right from now on; `null`: they are compared with what was accepted. */
  readonly reason: string | null;
}

/** What the user wants. */
export type BenchRequest =
  | { readonly kind: "help" }
  | { readonly kind: "list" }
  | { readonly kind: "explain"; readonly metric: MetricName }
  | { readonly kind: "run"; readonly options: BenchOptions };

const FLAGS = ["help", "list", "quiet", "accept", "bisect", "no-floors"] as const;
const VALUES = [
  "clock",
  "suite",
  "scenario",
  "arm",
  "runs",
  "seed",
  "answer-timeout",
  "json",
  "threshold",
  "keep",
  "explain",
  "baseline",
  "reason",
  ...ENGINE_OPTIONS,
  ...OUTPUT_OPTIONS,
] as const;
const CLOCKS = ["real", "virtual"] as const satisfies readonly ClockKind[];
const RUNS_MAX = 1000;
const ANSWER_TIMEOUT = formatQuantity("time", ANSWER_TIMEOUT_US);

type Values = { readonly [V in typeof VALUES[number]]?: string | undefined };

/**
 * Reads the arguments behind `bench`.
 *
 * @throws {UsageError} naming the option and what was expected.
 *
 * @example
 * ```ts
 * import { assertThrows } from "@std/assert";
 * import { UsageError } from "./usage_error.ts";
 * const message = `Cannot run the bench: expected a known option, received "--clok" (did you mean "--clock"?)`;
 * assertThrows(() => readOptions(["--clok", "virtual"]), UsageError, message);
 * ```
 */
export function readOptions(args: readonly string[]): BenchRequest {
  const unknown: string[] = [];
  const { _, help, list, quiet, accept, bisect, threshold, "no-floors": noFloors, ...given } =
    parseArgs([
      ...args,
    ], {
      boolean: FLAGS,
      string: [...VALUES, "_"],
      collect: ["threshold"],
      unknown: (argument) => {
        unknown.push(argument);
        return false;
      },
    });
  if (help) return { kind: "help" };
  refuseUnknown(unknown[0], [...FLAGS, ...VALUES]);
  const values: Values = given;
  // A bare --baseline is the committed one.
  refuseEmpty({ ...values, baseline: undefined, threshold: threshold[0] });
  if (list) return { kind: "list" };
  if (values.explain !== undefined) return { kind: "explain", metric: readMetric(values.explain) };
  const baseline = readBaselineOptions(values, accept);
  const ofBaseline = baseline === null ? "real" : "virtual";
  const clock = readChoice("--clock", values.clock ?? ofBaseline, CLOCKS);
  const what = readWhat(values);
  refuseAttached(values, what);
  const besideQemus = "suite" in what && what.suite === "qemu";
  return {
    kind: "run",
    options: {
      clock,
      answerTimeoutUs: readTime("--answer-timeout", values["answer-timeout"] ?? ANSWER_TIMEOUT),
      engines: besideQemus ? EMBEDDED_PAIR : readEngines(values, clock),
      qemus: besideQemus ? readQemus(values, clock) : [],
      what,
      arm: readExpression("--arm", () => parseSelector(values.arm ?? "")),
      runs: readInteger("--runs", values.runs ?? "1", 1, RUNS_MAX),
      seed: readInteger("--seed", values.seed ?? "1", 0, 2 ** 32 - 1),
      floors: !noFloors,
      json: values.json ?? null,
      thresholds: threshold.map((text) =>
        readExpression("--threshold", () => parseThreshold(text))
      ),
      keep: values.keep ?? null,
      quiet,
      bisect,
      outputs: readOutputFiles(values),
      baseline,
    },
  };
}

/** Reads `--baseline` and `--accept`, which are about a whole suite, once, in virtual time. */
function readBaselineOptions(values: Values, accept: boolean): BaselineOptions | null {
  const { baseline, reason } = values;
  if (accept && reason === undefined) throw wrong("--accept", "a --reason beside it", "none");
  if (!accept && reason !== undefined) throw wrong("--reason", "--accept beside it", "none");
  if (!accept && baseline === undefined) return null;
  const option = accept ? "--accept" : "--baseline";
  if (values.clock === "real") throw wrong(option, "--clock virtual", "real");
  for (const other of ["scenario", "arm", "runs", "seed"] as const) {
    if (values[other] !== undefined) throw wrong(option, `no --${other} beside it`, "both");
  }
  return { file: baseline || null, reason: reason ?? null };
}

/** What takes more than the one migration that an attached pair has, or knowing what its guest is. */
function refuseAttached(values: Values, what: BenchOptions["what"]): void {
  if (values["attach-source"] === undefined) return;
  if ((values.runs ?? "1") !== "1") {
    throw wrong("--runs", "1, since an attached guest migrates once", values.runs!);
  }
  if ("suite" in what && what.suite === "interop") {
    throw wrong("--suite", "engines that are not attached, since RAM is compared", '"interop"');
  }
}

function readWhat({ suite, scenario }: Values): BenchOptions["what"] {
  if (scenario === undefined) {
    return {
      suite: readChoice("--suite", suite ?? "preempt", Object.keys(SUITES).filter(isSuiteName)),
    };
  }
  if (suite === undefined) return { file: scenario };
  throw wrong("--suite", "no --scenario beside it", "both");
}

function readMetric(name: string): MetricName {
  if (isMetricName(name)) return name;
  throw wrong("--explain", "a metric", `"${name}"${didYouMean(name, Object.keys(METRICS))}`);
}

function readTime(option: string, text: string): number {
  const us = parseQuantity("time", text);
  if (us !== null && us > 0) return us;
  throw wrong(option, "a time such as 30s", `"${text}"`);
}

function readExpression<T>(option: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new UsageError(`Cannot run the bench: ${option}: ${error.message}`);
  }
}
