/**
 * Smaller plans that show the same: by running them again, since real QEMU is no function of a seed. A candidate counts if the same
 * oracle is broken once in a few runs.
 *
 * @module
 */

import type { QemuHistory } from "./history.ts";
import type { QemuViolation } from "./oracles.ts";
import type { QemuPlan } from "./plan.ts";

/** How often a smaller plan may fail to fail, and how often the smallest is run to say how often it does. */
const TRIES = 2;
const COUNTED_RUNS = 3;
/** Runs in all. */
const RUNS_MAX = 24;

/** A failure as small as it was found to be. */
export interface ShrunkFailure {
  readonly history: QemuHistory;
  readonly violation: QemuViolation;
  /** Of the counted runs of the smallest plan, how many broke the oracle. */
  readonly failed: number;
  readonly runs: number;
  /** Faults before. */
  readonly faultsBefore: number;
}

/** A run and the first thing that did not hold; `null`: all did. */
export type Attempt = (plan: QemuPlan) => Promise<
  { readonly history: QemuHistory; readonly violation: QemuViolation | null }
>;

/** Shrinks a failure. */
export async function shrinkQemuPlan(
  first: { readonly history: QemuHistory; readonly violation: QemuViolation },
  attempt: Attempt,
  signal: AbortSignal,
): Promise<ShrunkFailure> {
  let best = first;
  let runs = 0;
  const failsAlike = async (plan: QemuPlan, tries: number) => {
    for (let tried = 0; tried < tries && runs < RUNS_MAX && !signal.aborted; tried++) {
      runs++;
      const { history, violation } = await attempt(plan);
      if (violation !== null && isAlike(violation, first.violation)) return { history, violation };
    }
    return null;
  };
  for (let isSmaller = true; isSmaller;) {
    isSmaller = false;
    for (const candidate of smallerPlans(best.history.plan)) {
      const failure = await failsAlike(candidate, TRIES);
      if (failure === null) continue;
      best = failure;
      isSmaller = true;
      break;
    }
  }
  let failed = 0;
  let counted = 0;
  for (; counted < COUNTED_RUNS && !signal.aborted; counted++) {
    const { violation } = await attempt(best.history.plan);
    if (violation !== null && isAlike(violation, first.violation)) failed++;
  }
  const faultsBefore = first.history.plan.faults.length;
  return { ...best, failed, runs: counted, faultsBefore };
}

/** The same oracle, and the same way to break it. */
function isAlike(a: QemuViolation, b: QemuViolation): boolean {
  return a.oracle === b.oracle && (a.oracle !== "nobody-dies" || a.message === b.message);
}

/** Plans that are smaller, the smallest first: with a fault less, on a simpler machine. */
export function* smallerPlans(plan: QemuPlan): Generator<QemuPlan> {
  for (const [index] of plan.faults.entries()) {
    yield { ...plan, faults: plan.faults.filter((_, other) => other !== index) };
  }
  if (plan.machine === "pc") yield { ...plan, machine: "none" };
}
