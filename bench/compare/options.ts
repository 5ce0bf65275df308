/**
 * The command line of `compare`, read.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { parseQuantity } from "../../lib/netem/units.ts";
import { PAIRS_MAX } from "../../lib/measure/signed_rank.ts";
import {
  COMPARISON_OUTPUT_OPTIONS,
  type ComparisonOutputFiles,
  readComparisonOutputFiles,
} from "../../lib/report/comparison_outputs.ts";
import { optionReaders } from "../../lib/report/option_readers.ts";
import { isSuiteName, type SuiteName, SUITES } from "../suites.ts";
import { CompareError } from "./compare_error.ts";
import type { FailOn } from "./gate.ts";

/** Two revisions, to be run in turns. */
export interface RevisionOptions {
  readonly base: string;
  /** `.`: the checkout as it lies there; `null`: HEAD, which has to be all there is. */
  readonly head: string | null;
  readonly what: { readonly suite: SuiteName } | { readonly file: string };
  /** Pairs before the first look. */
  readonly rounds: number;
  /** No pair begins that would end later. */
  readonly maxTimeUs: number;
  readonly failOn: FailOn;
  /** File for the comparison. */
  readonly json: string | null;
  /** What else it is written as. */
  readonly outputs: ComparisonOutputFiles;
}

/** Two result files. */
export interface FileOptions {
  readonly base: string;
  readonly head: string;
  readonly failOn: FailOn;
  readonly json: string | null;
  readonly outputs: ComparisonOutputFiles;
}

/** What the user wants. */
export type CompareRequest =
  | { readonly kind: "help" }
  | { readonly kind: "revisions"; readonly options: RevisionOptions }
  | { readonly kind: "files"; readonly options: FileOptions };

const VALUES = [
  "base",
  "head",
  "suite",
  "scenario",
  "rounds",
  "max-time",
  "fail-on",
  "json",
  ...COMPARISON_OUTPUT_OPTIONS,
] as const;
/** Fewer pairs than the first number could not fail anything. */
const ROUNDS = { least: 6, most: PAIRS_MAX, default: "20" } as const;

const { wrong, refuseUnknown, refuseEmpty, readChoice, readInteger } = optionReaders(
  "compare",
  CompareError,
);

type Values = { readonly [V in typeof VALUES[number]]?: string | undefined };

/**
 * Reads the arguments behind `compare`.
 *
 * @throws {CompareError} naming the option and what was expected.
 *
 * @example
 * ```ts
 * import { assertThrows } from "@std/assert";
 * import { CompareError } from "./compare_error.ts";
 * const message = `Cannot compare: --fail-on expected such as regression>=5%, received "5%"`;
 * assertThrows(() => readCompareOptions(["--base", "HEAD~1", "--fail-on", "5%"]), CompareError, message);
 * ```
 */
export function readCompareOptions(args: readonly string[]): CompareRequest {
  const unknown: string[] = [];
  const { _: files, help, ...given } = parseArgs([...args], {
    boolean: ["help"],
    string: [...VALUES, "_"],
    unknown: (argument) => {
      if (!argument.startsWith("-")) return true;
      unknown.push(argument);
      return false;
    },
  });
  if (help) return { kind: "help" };
  refuseUnknown(unknown[0], ["help", ...VALUES]);
  const values: Values = given;
  refuseEmpty(values);
  const common = {
    failOn: readFailOn(values["fail-on"] ?? "regression>=5%"),
    json: values.json ?? null,
    outputs: readComparisonOutputFiles(values),
  };
  if (files.length === 0) {
    return { kind: "revisions", options: { ...readRevisions(values), ...common } };
  }
  return { kind: "files", options: { ...readFiles(files.map(String), values), ...common } };
}

function readRevisions(values: Values): Omit<RevisionOptions, "failOn" | "json" | "outputs"> {
  if (values.base === undefined) {
    throw wrong(null, "--base REVISION, or two result files", "neither");
  }
  const most = parseQuantity("time", values["max-time"] ?? "300s");
  if (most === null || most === 0) {
    throw wrong("--max-time", "a time of up to 3600s such as 90s", `"${values["max-time"]}"`);
  }
  return {
    base: values.base,
    head: values.head ?? null,
    what: readWhat(values),
    rounds: readInteger("--rounds", values.rounds ?? ROUNDS.default, ROUNDS.least, ROUNDS.most),
    maxTimeUs: most,
  };
}

function readFiles(files: readonly string[], values: Values): Pick<FileOptions, "base" | "head"> {
  const [base, head, ...more] = files;
  if (base === undefined || head === undefined || more.length > 0) {
    throw wrong(null, "two result files", String(files.length));
  }
  for (const option of ["base", "head", "suite", "scenario", "rounds", "max-time"] as const) {
    if (values[option] !== undefined) throw wrong(`--${option}`, "no files beside it", "both");
  }
  return { base, head };
}

function readWhat({ suite, scenario }: Values): RevisionOptions["what"] {
  if (scenario !== undefined && suite !== undefined) {
    throw wrong("--suite", "no --scenario beside it", "both");
  }
  if (scenario !== undefined) return { file: scenario };
  return {
    suite: readChoice("--suite", suite ?? "compare", Object.keys(SUITES).filter(isSuiteName)),
  };
}

function readFailOn(text: string): FailOn {
  const [, verdict, percent] = /^(regression|improvement)\s*>=\s*(\d+(?:\.\d+)?)\s*%$/.exec(text) ??
    [];
  if (verdict !== undefined && Number(percent) > 0) {
    return { verdict: verdict as FailOn["verdict"], share: Number(percent) / 100 };
  }
  throw wrong("--fail-on", "such as regression>=5%", `"${text}"`);
}
