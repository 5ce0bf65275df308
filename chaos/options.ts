/**
 * From a seed to the options of a run: which kinds of fault there are in it at all, and how likely each is.
 *
 * Swarm testing: whole kinds are switched off at random and the rest have wildly different weights, because what is always on hides what
 * only shows without it. Each part of a plan draws from a generator of its own, so that a draw that is added in one shifts no other.
 *
 * @module
 */

import { SeededRandom } from "../lib/world/seeded_random.ts";
import { chance, magnitude, pick } from "./draw.ts";
import { FAULT_NAMES, type FaultName } from "./faults/fault_table.ts";

/** What is chosen before a plan is drawn. */
export interface Options {
  readonly seed: bigint;
  /** Of each kind of fault; 0: switched off. */
  readonly weights: Readonly<Record<FaultName, number>>;
  /** Faults in the plan. */
  readonly faults: number;
  /** How often postcopy is broken besides, in a plan that has any fault: recoveries are where the rare bugs are. */
  readonly breaks: number;
}

/** Half of the plans are left alone. */
const BREAK_COUNTS = [0, 0, 0, 0, 1, 1, 2, 3];

/** How many faults a plan has: some have none, most a few. */
const FAULT_COUNTS = [0, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 5, 6, 8, 10];

/** A kind's weight is a power of 2 up to this. */
const WEIGHT_LOG2_MAX = 6;

/** The options of a seed. */
export function chooseOptions(seed: bigint): Options {
  const random = new SeededRandom(seed).fork("options");
  const kept = pick(random, [0.15, 0.35, 0.6, 1]);
  const weights = Object.fromEntries(FAULT_NAMES.map((name) => {
    const isOn = chance(random, kept);
    return [name, isOn ? magnitude(random, 1, 2 ** WEIGHT_LOG2_MAX) : 0];
  })) as Record<FaultName, number>;
  const faults = pick(random, FAULT_COUNTS);
  if (Object.values(weights).every((weight) => weight === 0)) {
    weights[pick(random, FAULT_NAMES)] = 1;
  }
  const breaks = pick(random.fork("breaks"), BREAK_COUNTS);
  return { seed, weights, faults, breaks: faults === 0 ? 0 : breaks };
}
