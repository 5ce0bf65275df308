// deno-lint-ignore-file no-console -- a command speaks to its user
/**
 * Hunts mutants, some at once, and says what came of each.
 *
 * @module
 */

import type { ChaosResult } from "../../lib/report/chaos_result.ts";
import { SeededRandom } from "../../lib/world/seeded_random.ts";
import { type Hunt, huntMutant, type HuntOptions } from "./hunt_mutant.ts";
import { MUTANT_IDS } from "./known_defects.ts";

/** What a result says of a hunt. One that is not found counts as an oracle that does not hold. */
export type Hunted = Pick<ChaosResult, "mutants" | "seeds" | "verdict">;

/** The mutants of `ids`, `null`: all; `sample`: only so many, which the seed chooses. */
export function chooseMutants(
  ids: readonly string[] | null,
  sample: number | null,
  seed: bigint,
): readonly string[] {
  const left = [...ids ?? MUTANT_IDS];
  if (sample === null) return left;
  const random = new SeededRandom(seed).fork("mutants");
  const count = Math.min(sample, left.length);
  return Array.from({ length: count }, () => left.splice(random.integer(left.length), 1)[0]!);
}

/**
 * Hunts them, `jobs` at once, each on one core. @returns what came of them, in the order of `ids`.
 *
 * @throws {MutantError} when one cannot be hunted.
 */
export async function huntMutants(
  { ids, jobs, ...options }: HuntOptions & {
    readonly ids: readonly string[];
    readonly jobs: number;
  },
): Promise<readonly Hunt[]> {
  const hunts: Hunt[] = [];
  const left = [...ids];
  // A hunt that cannot be made ends the others.
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const hunt = async () => {
    for (let id = left.shift(); id !== undefined && !signal.aborted; id = left.shift()) {
      const one = await huntMutant(id, { ...options, signal });
      console.log(describeHunt(one));
      hunts.push(one);
    }
  };
  const stop = (error: unknown) => {
    failed.abort();
    throw error;
  };
  const runs = await Promise.allSettled(
    Array.from({ length: jobs }, () => hunt().catch(stop)),
  );
  const first = runs.find(({ status }) => status === "rejected");
  if (first?.status === "rejected" && !options.signal.aborted) throw first.reason;
  return hunts.toSorted((one, other) => ids.indexOf(one.id) - ids.indexOf(other.id));
}

/** The part of the result that is about hunts. */
export function resultOfHunts(hunts: readonly Hunt[]): Hunted {
  return {
    mutants: hunts.map(({ message: _message, isFalseAlarm: _isFalseAlarm, ...row }) => row),
    seeds: hunts.reduce((sum, { seeds }) => sum + seeds, 0),
    verdict: hunts.every(({ found }) => found) ? "holds" : "violated",
  };
}

/** What is wrong with chaos where a hunt ended at a seed that breaks an oracle without its mutant; `null`: nothing. */
export function describeFalseAlarms(hunts: readonly Hunt[]): string | null {
  const seeds = hunts.filter(({ isFalseAlarm }) => isFalseAlarm).map(({ id, seed }) =>
    `${seed} (${id})`
  );
  return seeds.length === 0
    ? null
    : `Cannot say whether a mutant is found: expected its seed to hold on the unmodified engine, ` +
      `received a violation without it at seed ${
        seeds.join(", ")
      }. See deno task chaos --seed SEED.`;
}

function describeHunt(
  { id, found, isFalseAlarm, seeds, seconds, oracle, message, seed, ...shrunk }: Hunt,
): string {
  const effort = `${id.padEnd(5)} ${seeds} seeds, ${seconds.toFixed(1)} s`;
  if (isFalseAlarm) {
    return `${effort}  FALSE ALARM ${oracle}: seed ${seed} breaks it without the mutant, too`;
  }
  return found
    ? `${effort}  ${oracle}: ${message} (seed ${seed}, ${describeShrinking(shrunk)})`
    : `${effort}  NOT FOUND`;
}

function describeShrinking(
  { faultsInPlan, shrinkSeconds, minimal }: Pick<
    Hunt,
    "faultsInPlan" | "shrinkSeconds" | "minimal"
  >,
): string {
  if (faultsInPlan === null || shrinkSeconds == null) return "not shrunk";
  return `shrunk to ${faultsInPlan} faults in ${shrinkSeconds.toFixed(1)} s${
    minimal ? "" : ", perhaps not the fewest"
  }`;
}
