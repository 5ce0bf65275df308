/**
 * What runs first in the copy of the tree into which a mutant was put: seeds without their faults. It knows nothing of mutants.
 *
 * @module
 */

import { experimentOf, runExperiment } from "../experiment.ts";
import { judge } from "../judge.ts";
import { seedOfRun } from "../seed.ts";

/** A seed whose plan fails without its faults. */
export interface Ruin {
  readonly seed: string;
  readonly message: string;
}

/** Runs `count` seeds, each plan without its faults. @returns the first that does not hold; `null`: all hold. */
export async function findRuin(count: number): Promise<Ruin | null> {
  for (let run = 0; run < count; run++) {
    const seed = seedOfRun(1n, run);
    const { plan, schedule } = experimentOf(seed, "mixed");
    const verdict = judge(await runExperiment({ plan: { ...plan, faults: [] }, schedule }));
    if (verdict.kind === "holds") continue;
    const message = verdict.kind === "violated"
      ? `${verdict.violations[0].oracle}: ${verdict.violations[0].message}`
      : `${verdict.oracle} cannot say: ${verdict.error}`;
    return { seed: String(seed), message };
  }
  return null;
}
