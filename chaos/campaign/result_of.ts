/**
 * From a campaign's account to its result file.
 *
 * @module
 */

import type { ChaosResult } from "../../lib/report/chaos_result.ts";
import type { Origin } from "../origin.ts";
import { MEANINGS } from "../meanings.ts";
import type { Failure } from "./explain.ts";
import type { Finding, Tally } from "./tally.ts";

/** How a campaign was made. */
export interface Circumstances {
  readonly origin: Origin;
  readonly baseSeed: bigint;
  readonly strategy: string;
  readonly shard: string | null;
  readonly jobs: number;
  readonly seconds: number;
}

/** A failure, and the file that it was kept in. */
export interface KeptFailure {
  readonly seed: bigint;
  readonly failure: Failure;
  readonly repro: string | null;
}

/** The result. */
export function resultOf(
  tally: Tally,
  failures: readonly KeptFailure[],
  { origin, baseSeed, strategy, shard, jobs, seconds }: Circumstances,
): ChaosResult {
  return {
    schema: "faultline/chaos/1",
    ...origin,
    environment: {
      "architecture": Deno.build.arch,
      "cpus": navigator.hardwareConcurrency,
      "jobs": jobs,
      "deno": Deno.version.deno,
      "v8": Deno.version.v8,
    },
    baseSeed: String(baseSeed),
    strategy,
    ...(shard === null ? {} : { shard }),
    seconds,
    seeds: tally.seeds,
    schedules: tally.schedules,
    traceHash: tally.traceHash,
    repeated: tally.repeated,
    seedsPerSecond: tally.seeds / seconds,
    virtualSecondsPerSecond: tally.virtualUs / 1e6 / seconds,
    violations: tally.violations.map((finding) => violationOf(finding, failures)),
    unknown: tally.unknown.map(({ oracle, seed, message }) => ({
      oracle,
      seed: String(seed),
      message,
    })),
    coverage: tally.coverage,
    meanings: MEANINGS,
    verdict: tally.verdict,
  };
}

function violationOf(
  { oracle, seed, message }: Finding,
  failures: readonly KeptFailure[],
): ChaosResult["violations"][number] {
  const kept = failures.find((one) => one.seed === seed && one.failure.oracle === oracle);
  const shrunk = kept === undefined ? null : {
    faults: kept.failure.shrunk.plan.faults.length,
    otherChoices: kept.failure.otherChoices,
    tries: kept.failure.tries,
    seconds: kept.failure.seconds,
    minimal: kept.failure.minimal,
    sequence: kept.failure.sequence,
  };
  return { oracle, seed: String(seed), message, repro: kept?.repro ?? null, shrunk };
}
