/**
 * What runs in the copy of the tree into which a mutant was put: seeds, one after the other, until an oracle does not hold. It knows
 * nothing of mutants.
 *
 * @module
 */

import { SeededRandom } from "../../lib/world/seeded_random.ts";
import { drawPlan } from "../draw_plan.ts";
import { judge } from "../judge.ts";
import { chooseOptions } from "../options.ts";
import { runPlan } from "../run.ts";
import { seedOfRun } from "../seed.ts";

/** What is run. */
export interface HuntOptions {
  /** The base of the seeds, as decimal text. */
  readonly base: string;
  readonly seedsMax: number;
  readonly secondsMax: number;
  /** Plans without their faults. */
  readonly faultFree: boolean;
}

/** What came of it. `seed` and what follows are `null` where every oracle held. */
export interface HuntResult {
  readonly seeds: number;
  readonly seconds: number;
  readonly seed: string | null;
  readonly oracle: string | null;
  readonly message: string | null;
  readonly faultsInPlan: number | null;
}

/** Runs seeds until one is violated, or so many, or for so long. */
export async function hunt(options: HuntOptions): Promise<HuntResult> {
  const begunMs = performance.now();
  const seconds = () => (performance.now() - begunMs) / 1000;
  let seeds = 0;
  while (seeds < options.seedsMax && seconds() < options.secondsMax) {
    const seed = seedOfRun(BigInt(options.base), seeds++);
    const drawn = drawPlan(chooseOptions(seed));
    const plan = options.faultFree ? { ...drawn, faults: [] } : drawn;
    const random = new SeededRandom(seed).fork("schedule");
    const choose = (runnable: number) => random.integer(runnable);
    const verdict = judge(await runPlan(plan, { choose, yieldsWhenReady: plan.yieldsWhenReady }));
    if (verdict.kind === "holds") continue;
    const { oracle, message } = verdict.kind === "violated"
      ? verdict.violations[0]
      : { oracle: verdict.oracle, message: `It cannot say: ${verdict.error}` };
    const faultsInPlan = plan.faults.length;
    return { seeds, seconds: seconds(), seed: String(seed), oracle, message, faultsInPlan };
  }
  return { seeds, seconds: seconds(), seed: null, oracle: null, message: null, faultsInPlan: null };
}
