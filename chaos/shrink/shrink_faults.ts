/**
 * The fewest faults: drops all, then halves, then single ones, until no single one can go.
 *
 * A plan with fewer faults meets other choices, so that the schedule that broke it says little about it. Each candidate is therefore tried
 * under several schedules, and counts as passing only when it passes under all of them.
 *
 * @module
 */

import type { Experiment } from "../experiment.ts";
import type { ScheduleSpec } from "../schedule.ts";
import type { Trier } from "./trier.ts";

/** Further schedules that each candidate is tried under. */
const OTHERS: readonly ScheduleSpec[] = [
  { kind: "fifo" },
  { kind: "random", seed: "1", firstShare: 0 },
  { kind: "random", seed: "2", firstShare: 0.9 },
  { kind: "pct", seed: "3", depth: 3, choices: 1000 },
];

/** The same with as few faults as can be. */
export async function shrinkFaults(found: Experiment, trier: Trier): Promise<Experiment> {
  let best = found;
  for (let size = best.plan.faults.length; size > 1; size = Math.floor(size / 2)) {
    best = await dropParts(best, size, trier);
  }
  return await dropSingles(best, trier);
}

/** Drops single faults until none can go: what is left is minimal, unless the time ran out. */
export async function dropSingles(found: Experiment, trier: Trier): Promise<Experiment> {
  for (let best = found;;) {
    const fewer = await dropParts(best, 1, trier);
    if (fewer.plan.faults.length === best.plan.faults.length) return fewer;
    best = fewer;
  }
}

/** Goes through the faults once, and drops each `size` of them in a row that the oracle breaks without. */
async function dropParts(found: Experiment, size: number, trier: Trier): Promise<Experiment> {
  let best = found;
  for (let start = 0; start < best.plan.faults.length;) {
    const faults = best.plan.faults.toSpliced(start, size);
    const fewer = await trier.first(
      [best.schedule, ...OTHERS].map((schedule) => ({ plan: { ...best.plan, faults }, schedule })),
    );
    if (fewer === null) start += size;
    else best = fewer;
  }
  return best;
}
