/**
 * The fewest choices that are not the first: all become 0, then halves of them, down to single ones.
 *
 * @module
 */

import { type Experiment, withChoices } from "../experiment.ts";
import type { Plan } from "../plan.ts";
import type { Trier } from "./trier.ts";

/** The same plan under as simple choices as break the oracle, and how many of them are not the first. */
export async function shrinkChoices(
  plan: Plan,
  found: readonly number[],
  trier: Trier,
): Promise<{ readonly experiment: Experiment; readonly choices: readonly number[] }> {
  let best = found;
  let others = positionsOf(best);
  for (let size = others.length; size >= 1; size = Math.floor(size / 2)) {
    // From the end on: what comes behind the bug matters least.
    for (let end = others.length; end > 0; end -= size) {
      const zeroed = new Set(others.slice(Math.max(0, end - size), end));
      const candidate = best.map((choice, at) => zeroed.has(at) ? 0 : choice);
      if (await trier.breaks(withChoices(plan, candidate))) best = candidate;
    }
    others = positionsOf(best);
  }
  return { experiment: withChoices(plan, best), choices: best };
}

function positionsOf(choices: readonly number[]): number[] {
  return choices.flatMap((choice, at) => choice === 0 ? [] : [at]);
}
