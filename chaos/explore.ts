/**
 * Exhaustive search: every schedule of a plan that differs from first in, first out in at most so many choices.
 *
 * All schedules there are would be more than anybody can run: a run of two pages makes 500 choices. Bugs need few of them to go another
 * way (delay-bounded scheduling: Emmi, Qadeer and Rakamarić, POPL 2011), so the bound is on how many do, and within it none is left out.
 *
 * @module
 */

import type { History } from "./history.ts";
import type { Plan } from "./plan.ts";
import { runPlan } from "./run.ts";

/** Choices that differ, by their place; places are ascending. */
type Deviations = readonly { readonly at: number; readonly choice: number }[];

/** One run of a search. */
export interface Explored {
  readonly history: History;
  readonly choices: readonly number[];
}

/** Runs every schedule within `deviationsMax`, the ones with fewer deviations first. */
export async function* explore(plan: Plan, deviationsMax: number): AsyncGenerator<Explored> {
  let level: Deviations[] = [[]];
  for (let depth = 0; depth <= deviationsMax; depth++) {
    const next: Deviations[] = [];
    for (const deviations of level) {
      const { explored, runnable } = await runWith(plan, deviations);
      yield explored;
      if (depth < deviationsMax) next.push(...furtherFrom(deviations, runnable));
    }
    level = next;
  }
}

/** Runs a plan with some choices set, and gives how many tasks there were at each choice. */
async function runWith(
  plan: Plan,
  deviations: Deviations,
): Promise<{ readonly explored: Explored; readonly runnable: readonly number[] }> {
  const choices: number[] = [];
  const runnable: number[] = [];
  const set = new Map(deviations.map(({ at, choice }) => [at, choice]));
  const history = await runPlan(plan, {
    yieldsWhenReady: plan.yieldsWhenReady,
    choose: (length) => {
      const choice = set.get(choices.length) ?? 0;
      runnable.push(length);
      choices.push(choice);
      return choice;
    },
  });
  return { explored: { history, choices }, runnable };
}

/** One deviation more, behind the last: each set of them is made once. */
function furtherFrom(deviations: Deviations, runnable: readonly number[]): Deviations[] {
  const from = (deviations.at(-1)?.at ?? -1) + 1;
  return runnable.slice(from).flatMap((length, index) =>
    Array.from(
      { length: length - 1 },
      (_, other) => [...deviations, { at: from + index, choice: other + 1 }],
    )
  );
}
