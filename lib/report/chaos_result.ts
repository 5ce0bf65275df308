/**
 * The result file of a chaos campaign: how many seeds ran, what did not hold, and which states and faults met. One JSON object,
 * `faultline/chaos/1`.
 *
 * As in a bench's result, what was not measured is absent, and writer and reader check against the same schema. Seeds are texts: they
 * have 64 bits, and JSON's numbers have 53.
 *
 * @module
 */

import { z } from "zod";
import { invariant } from "../invariant.ts";
import { SEQUENCE } from "./chaos_sequence.ts";
import { checkJson, checkValue } from "./check_json.ts";
import { ResultError } from "./result.ts";

/** A number from 0 to 2^64 - 1, in decimal. */
const SEED = z.string().regex(/^[0-9]{1,20}$/);

const COUNT = z.int().min(0);

const VIOLATION = z.strictObject({
  oracle: z.string(),
  /** Of the run: `--seed` repeats it. */
  seed: SEED,
  /** What was seen, as one sentence. */
  message: z.string(),
  /** The repro file; `null` where none was written, since an earlier run broke the same oracle. */
  repro: z.string().nullable(),
  /** What shrinking made of it; `null` as above. */
  shrunk: z.strictObject({
    faults: COUNT,
    /** Choices of the schedule that are not first in, first out. */
    otherChoices: COUNT,
    tries: COUNT,
    seconds: z.number().min(0),
    /** Whether dropping any one fault was seen to make it pass. */
    minimal: z.boolean(),
    /** What happens in it. */
    sequence: SEQUENCE.optional(),
  }).nullable(),
});

/** How often a fault of a kind struck while the side was in a status, by kind and status. */
const STRIKES = z.record(z.string(), z.record(z.string(), COUNT));

const COVERAGE = z.strictObject({
  source: STRIKES,
  destination: STRIKES,
  /** In how many runs each rare path was taken. */
  marks: z.record(z.string(), COUNT),
});

const MUTANT = z.strictObject({
  id: z.string(),
  found: z.boolean(),
  /** The seed of the run, and the oracle, that found it. */
  seed: SEED.nullable(),
  oracle: z.string().nullable(),
  /** Until it was found, or given up. */
  seconds: z.number().min(0),
  seeds: COUNT,
  /** Of the shrunk plan. */
  faultsInPlan: COUNT.nullable(),
  /** Of the shrinking; `null` where nothing was shrunk. */
  shrinkSeconds: z.number().min(0).nullable().optional(),
  /** Whether dropping any one fault of the shrunk plan was seen to make it pass; `null` as above. */
  minimal: z.boolean().nullable().optional(),
});

/** What the names in a result mean, for reports. */
const MEANINGS = z.strictObject({
  /** What each oracle states. All of them were asked about every run. */
  oracles: z.record(z.string(), z.string()),
  /** What each kind of fault does. */
  faults: z.record(z.string(), z.string()),
  /** What each rare path is. */
  marks: z.record(z.string(), z.string()),
  /** Statuses of each side, in the order of the protocol. */
  statuses: z.strictObject({ source: z.array(z.string()), destination: z.array(z.string()) }),
  /** Cells of coverage that no run can hit: side, fault, status, and why. */
  unreachable: z.array(z.tuple([z.string(), z.string(), z.string(), z.string()])),
});

const CHAOS_RESULT = z.strictObject({
  schema: z.literal("faultline/chaos/1"),
  /** The commit that was checked out; `unknown` outside of a checkout. */
  commit: z.string(),
  /** A fingerprint of the code that runs are made of: where it is the same, every run is. */
  code: z.string(),
  environment: z.record(z.string(), z.union([z.string(), z.number()])),
  /** The seed that the seeds of all runs come from. */
  baseSeed: SEED,
  strategy: z.string(),
  /** `I/N` where this was one of N parts of a campaign. */
  shard: z.string().optional(),
  seconds: z.number().min(0),
  /** Runs, each of a seed of its own. */
  seeds: COUNT,
  /** Runs in all: an exhaustive search makes many of a seed. */
  schedules: COUNT,
  /** A fingerprint of all seeds' runs: the same wherever the same code runs the same seeds. */
  traceHash: z.string(),
  /** Of them, how many ran twice to see whether they take the same steps. */
  repeated: COUNT,
  seedsPerSecond: z.number().min(0),
  virtualSecondsPerSecond: z.number().min(0),
  violations: z.array(VIOLATION),
  /** Runs of which an oracle could not say. */
  unknown: z.array(z.strictObject({ oracle: z.string(), seed: SEED, message: z.string() })),
  coverage: COVERAGE,
  meanings: MEANINGS.optional(),
  mutants: z.array(MUTANT).optional(),
  verdict: z.enum(["holds", "violated", "unknown"]),
});

type DeepReadonly<T> = { readonly [K in keyof T]: DeepReadonly<T[K]> };

/** A campaign's result. */
export type ChaosResult = DeepReadonly<z.infer<typeof CHAOS_RESULT>>;

/** The published schema, `lib/report/chaos_result.schema.json`. */
export function chaosResultJsonSchema(): Record<string, unknown> {
  return { title: "A chaos result of Faultline", ...z.toJSONSchema(CHAOS_RESULT) };
}

/** The text of a result file. @throws {InvariantError} of what the reader would refuse, NaN among it. */
export function formatChaosResult(result: ChaosResult): string {
  const checked = checkValue(CHAOS_RESULT, result);
  const problem = checked.kind === "wrong" ? checked.problem : null;
  invariant(problem === null, `a result that no one could read: ${problem}`);
  return `${JSON.stringify(result, null, 2)}\n`;
}

/**
 * Reads a result file.
 *
 * @param name what the text is called in errors.
 * @throws {ResultError} naming the entry, what was expected and what was found.
 */
export function parseChaosResult(text: string, name: string): ChaosResult {
  const checked = checkJson(CHAOS_RESULT, text);
  if (checked.kind === "wrong") throw new ResultError(`Cannot read ${name}: ${checked.problem}`);
  return checked.value;
}
