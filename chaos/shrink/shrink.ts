/**
 * Shrinks an experiment that breaks an oracle to one that people can read: the fewest faults first, then simpler parameters, then the
 * simplest schedule. What comes out breaks the same oracle.
 *
 * @module
 */

import { type Experiment, recordExperiment, runExperiment, withChoices } from "../experiment.ts";
import { judge } from "../judge.ts";
import type { OracleName } from "../oracles/oracle_table.ts";
import { shrinkChoices } from "./shrink_choices.ts";
import { dropSingles, shrinkFaults } from "./shrink_faults.ts";
import { isNewPlan, simplerSteps } from "./simpler_plans.ts";
import { Trier, type TrierOptions } from "./trier.ts";

/** What came of a shrinking. */
export interface Shrunk {
  readonly experiment: Experiment;
  /** Runs that it took. */
  readonly tries: number;
  /** Whether dropping any one fault was seen to make it pass. */
  readonly minimal: boolean;
  /** Choices of the schedule that are not the first in, first out. */
  readonly otherChoices: number;
}

/** Shares of the time after which a stage makes way for the next: 1 is the end. */
export interface Deadlines {
  /** Whether so much of the time is left over. */
  hasTime(share: number): boolean;
}

/** How much of the time is gone when parameters, choices and the last check have to be done with. */
const PARAMETERS_SHARE = 0.7;
const CHOICES_SHARE = 0.9;

/** Letters of recorded choices that leave room for two plans in a repro file. */
const CHOICES_LENGTH_MAX = 24 * 1024;

/** Shrinks. `found` breaks the oracle. */
export async function shrink(
  found: Experiment,
  { breaks, hasTime }: Pick<TrierOptions, "breaks"> & Deadlines,
): Promise<Shrunk> {
  let tries = 0;
  const trier = (share: number) => new Trier({ breaks, mayTry: () => hasTime(share) });
  const stage = async <T>(share: number, work: (trier: Trier) => Promise<T>): Promise<T> => {
    const own = trier(share);
    const result = await work(own);
    tries += own.tries;
    return result;
  };
  let best = await stage(PARAMETERS_SHARE, (own) => startOver(found, own));
  best = await stage(PARAMETERS_SHARE, (own) => shrinkFaults(best, own));
  best = await stage(PARAMETERS_SHARE, (own) => simplify(best, own));
  const { choices } = await recordExperiment(best);
  const simplest = await stage(CHOICES_SHARE, (own) => shrinkChoices(best.plan, choices, own));
  const last = trier(1);
  const minimal = await dropSingles(simplest.experiment, last);
  tries += last.tries;
  const { choices: made } = await recordExperiment(minimal);
  const recorded = withChoices(minimal.plan, made);
  return {
    experiment: isShort(recorded) ? recorded : minimal,
    tries,
    minimal: !last.ranOut,
    otherChoices: made.filter((choice) => choice !== 0).length,
  };
}

/** A schedule that nothing could be taken out of in time may be too long to keep; what it was drawn from says the same. */
function isShort({ schedule }: Experiment): boolean {
  return schedule.kind !== "recorded" || schedule.choices.length <= CHOICES_LENGTH_MAX;
}

/** First in, first out is the simplest schedule there is, and makes everything behind it easier. */
async function startOver(found: Experiment, trier: Trier): Promise<Experiment> {
  const calm: Experiment = { plan: found.plan, schedule: { kind: "fifo" } };
  return await trier.breaks(calm) ? calm : found;
}

/** Takes every step to a simpler plan that the oracle breaks without, until none is left. */
async function simplify(found: Experiment, trier: Trier): Promise<Experiment> {
  for (let best = found;;) {
    const before = best;
    for (const step of simplerSteps(best.plan)) {
      const plan = step(best.plan);
      if (!isNewPlan(plan, best.plan)) continue;
      if (await trier.breaks({ ...best, plan })) best = { ...best, plan };
    }
    if (best === before || trier.ranOut) return best;
  }
}

/** Whether an experiment breaks one oracle: what a run does that chaos cannot finish does not count. */
export async function breaksOracle(experiment: Experiment, oracle: OracleName): Promise<boolean> {
  try {
    const verdict = judge(await runExperiment(experiment));
    return verdict.kind === "violated" && verdict.violations.some((one) => one.oracle === oracle);
  } catch {
    // A candidate that is no experiment at all, such as a guest that does not fit its memory.
    return false;
  }
}
