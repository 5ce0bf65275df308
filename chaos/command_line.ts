/**
 * The command line of `chaos`, read. Whatever the user got wrong ends in one sentence that names the option and what it must be.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import {
  CHAOS_OUTPUT_OPTIONS,
  type ChaosOutputFiles,
  readChaosOutputFiles,
} from "../lib/report/chaos_outputs.ts";
import { optionReaders } from "../lib/report/option_readers.ts";
import { parseQuantity } from "../lib/netem/units.ts";
import type { CampaignStrategy, SearchBounds } from "./campaign/run_seed.ts";
import { STRATEGIES, type Strategy } from "./schedule.ts";
import { parseSeed, SeedError } from "./seed.ts";

/** A campaign that is to be run. */
export interface CampaignRequest {
  readonly kind: "campaign";
  /** `null`: from the commit. */
  readonly baseSeed: bigint | null;
  readonly seeds: number;
  readonly seconds: number;
  readonly jobs: number;
  /** One part of so many; counted from 0. */
  readonly shard: { readonly index: number; readonly count: number };
  readonly strategy: CampaignStrategy;
  readonly bounds: SearchBounds;
  readonly violationsMax: number;
  /** File for the result. */
  readonly json: string | null;
  readonly outputs: ChaosOutputFiles;
  /** Folder for repro files; `null`: a temporary one. */
  readonly keep: string | null;
  readonly quiet: boolean;
  /** Whether a status that a fault could have met, and did not, is a failure. */
  readonly requireCoverage: boolean;
}

/** Mutants that are to be hunted, each by a campaign of its own. */
export interface MutantsRequest {
  readonly kind: "mutants";
  /** `null`: all of them. */
  readonly ids: readonly string[] | null;
  /** Only so many, which the seed chooses; `null`: all. */
  readonly sample: number | null;
  readonly campaign: CampaignRequest;
}

/** One seed that is to be run. */
export interface SeedRequest {
  readonly kind: "seed";
  readonly seed: bigint;
  readonly strategy: Strategy;
  /** Folder for a repro file; `null`: a temporary one. */
  readonly keep: string | null;
}

/** What the user wants. */
export type ChaosRequest =
  | { readonly kind: "help" }
  | SeedRequest
  | { readonly kind: "replay"; readonly file: string }
  | MutantsRequest
  | CampaignRequest;

/** A command line that cannot be carried out. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

const { wrong, refuseUnknown, refuseEmpty, readChoice, readInteger } = optionReaders(
  "run chaos",
  UsageError,
);

const FLAGS = ["help", "quiet", "require-coverage", "mutants"] as const;
const VALUES = [
  "seed",
  "seeds",
  "time",
  "jobs",
  "shard",
  "strategy",
  "deviations",
  "violations",
  "replay",
  "json",
  "keep",
  "mutant",
  "sample",
  ...CHAOS_OUTPUT_OPTIONS,
] as const;

const SECONDS_DEFAULT = 60;
const VIOLATIONS_DEFAULT = 10;
const SEEDS_MAX = 1_000_000_000;
const JOBS_MAX = 256;
const MUTANTS_MAX = 1000;

type Values = { readonly [V in typeof VALUES[number]]?: string | undefined };

/**
 * Reads the arguments behind `chaos`.
 *
 * @throws {UsageError} naming the option and what was expected.
 *
 * @example
 * ```ts
 * import { assertThrows } from "@std/assert";
 * const message = `Cannot run chaos: --seeds expected an integer from 1 to 1000000000, received "some"`;
 * assertThrows(() => readCommandLine(["--seeds", "some"]), UsageError, message);
 * ```
 */
export function readCommandLine(args: readonly string[]): ChaosRequest {
  const unknown: string[] = [];
  const { _, help, quiet, mutants, "require-coverage": requireCoverage, ...given } = parseArgs([
    ...args,
  ], {
    boolean: FLAGS,
    string: [...VALUES, "_"],
    unknown: (argument) => {
      unknown.push(argument);
      return false;
    },
  });
  if (help) return { kind: "help" };
  refuseUnknown(unknown[0], [...FLAGS, ...VALUES]);
  const values: Values = given;
  refuseEmpty(values);
  if (values.replay !== undefined) return { kind: "replay", file: values.replay };
  const strategy = readStrategy(values.strategy);
  const seed = values.seed === undefined ? null : readSeed(values.seed);
  const hunts = mutants || values.mutant !== undefined;
  const keep = values.keep ?? null;
  const isOne = seed !== null && values.seeds === undefined && values.time === undefined;
  if (isOne && !hunts && strategy !== "exhaustive") {
    refuseFiles(values);
    return { kind: "seed", seed, strategy, keep };
  }
  const campaign: CampaignRequest = {
    kind: "campaign",
    baseSeed: seed,
    ...readExtent(values),
    jobs: readInteger("--jobs", values.jobs ?? String(navigator.hardwareConcurrency), 1, JOBS_MAX),
    shard: readShard(values.shard ?? "1/1"),
    strategy,
    bounds: { deviations: readInteger("--deviations", values.deviations ?? "1", 0, 3) },
    violationsMax: readInteger(
      "--violations",
      values.violations ?? String(VIOLATIONS_DEFAULT),
      1,
      SEEDS_MAX,
    ),
    json: values.json ?? null,
    outputs: readChaosOutputFiles(values),
    keep,
    quiet,
    requireCoverage,
  };
  if (!hunts) return campaign;
  return {
    kind: "mutants",
    ids: values.mutant?.split(",") ?? null,
    sample: values.sample === undefined
      ? null
      : readInteger("--sample", values.sample, 1, MUTANTS_MAX),
    campaign,
  };
}

/** One run has a timeline, and no result. */
function refuseFiles(values: Values): void {
  const given = (["json", ...CHAOS_OUTPUT_OPTIONS] as const).find((name) => name in values);
  if (given === undefined) return;
  throw wrong(`--${given}`, "a campaign, with --seeds or --time", "one seed");
}

/** How many runs, or for how long: one of them, or whichever is over first. */
function readExtent({ seeds, time }: Values): Pick<CampaignRequest, "seeds" | "seconds"> {
  return {
    seeds: seeds === undefined ? Infinity : readInteger("--seeds", seeds, 1, SEEDS_MAX),
    seconds: time !== undefined
      ? readSeconds("--time", time)
      : seeds === undefined
      ? SECONDS_DEFAULT
      : Infinity,
  };
}

/** A bare number is seconds. */
function readSeconds(option: string, text: string): number {
  const minutes = /^([0-9.]+)m$/.exec(text)?.[1];
  const seconds = minutes === undefined ? text : String(Number(minutes) * 60);
  const us = parseQuantity("time", /^[0-9.]+$/.test(seconds) ? `${seconds}s` : seconds);
  if (us === null || us === 0) throw wrong(option, "a time such as 90, 90s or 5m", `"${text}"`);
  return us / 1e6;
}

function readStrategy(text = "mixed"): CampaignStrategy {
  return readChoice("--strategy", text, [...STRATEGIES, "exhaustive"] as const);
}

/** `I/N`, I from 1. */
function readShard(text: string): CampaignRequest["shard"] {
  const [, number = 0, count = 0] = /^(\d{1,6})\/(\d{1,6})$/.exec(text)?.map(Number) ?? [];
  if (number >= 1 && number <= count) return { index: number - 1, count };
  throw wrong("--shard", "I/N with I from 1 to N", `"${text}"`);
}

function readSeed(text: string): bigint {
  try {
    return parseSeed(text);
  } catch (error) {
    if (!(error instanceof SeedError)) throw error;
    throw new UsageError(`Cannot run chaos: --seed: ${error.message}`);
  }
}
