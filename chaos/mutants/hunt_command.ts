// deno-lint-ignore-file no-console -- a command speaks to its user
/**
 * Hunts mutants one after the other, and says what came of each.
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

/** Hunts them. @throws {MutantError} when one cannot be hunted. */
export async function huntMutants(
  { ids, ...options }: HuntOptions & { readonly ids: readonly string[] },
): Promise<Hunted> {
  const hunts: Hunt[] = [];
  for (const id of ids) {
    if (options.signal.aborted) break;
    const hunt = await huntMutant(id, options);
    console.log(describeHunt(hunt));
    hunts.push(hunt);
  }
  return {
    mutants: hunts.map(({ message: _message, ...row }) => row),
    seeds: hunts.reduce((sum, { seeds }) => sum + seeds, 0),
    verdict: hunts.every(({ found }) => found) ? "holds" : "violated",
  };
}

function describeHunt(
  { id, found, seeds, seconds, oracle, message, seed, faultsInPlan }: Hunt,
): string {
  const effort = `${id.padEnd(5)} ${seeds} seeds, ${seconds.toFixed(1)} s`;
  return found
    ? `${effort}  ${oracle}: ${message} (seed ${seed}, shrunk to ${faultsInPlan} faults)`
    : `${effort}  NOT FOUND`;
}
