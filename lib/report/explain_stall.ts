/**
 * Why a main loop stood still, in words: what its engine was doing, which connect was under way, how long its thread waited for a CPU, and
 * whether a loop that does nothing stood still as well. It says what was measured at the same time and draws no conclusion.
 *
 * @module
 */

import { statusDuring } from "../measure/stall_phases.ts";
import { formatFigure } from "./format_figure.ts";
import type { RunDetails } from "./run_details.ts";

/** A stall worth a sentence, in microseconds: two busy cores alone make 3-6 ms. */
export const EXPLAINED_FROM_US = 8000;

type Side = keyof RunDetails["sides"];

/** A time in a run. */
interface Stretch {
  readonly beginUs: number;
  readonly lengthUs: number;
}

/** A sentence on the longest stall of each side's main loop; none where it is too short for one, or no loop was probed. */
export function explainStalls(run: RunDetails): string[] {
  return (["source", "destination"] as const).flatMap((side) => explainLongest(side, run));
}

function explainLongest(side: Side, run: RunDetails): string[] {
  const { stalls, statuses } = run.sides[side];
  const [longest] = (stalls?.longest ?? []).toSorted(([, a], [, b]) => b - a);
  if (longest === undefined || longest[1] < EXPLAINED_FROM_US) return [];
  const [beginUs, lengthUs, cpuWaitUs] = longest;
  const stall = { beginUs, lengthUs };
  const span = statusDuring(stall, statuses);
  const circumstances = [
    ...span === null ? [] : [`its status was ${span.status}${recovery(span.phase)}`],
    ...side === "source" ? connectsDuring(stall, run) : [],
    ...cpuWaitUs === null ? [] : [`its thread waited for a CPU for ${ms(cpuWaitUs)}`],
    ...run.idle === null ? [] : [idleDuring(stall, run.idle)],
  ];
  return [
    `The ${side}'s main loop stood still for ${ms(lengthUs)}, from ${ms(beginUs)} after migrate` +
    `${circumstances.length === 0 ? "" : `: ${circumstances.join("; ")}`}.`,
  ];
}

function recovery(phase: number): string {
  return phase === 0 ? "" : ` (recovery ${phase})`;
}

/** The connects that were under way for a part of the stall that is worth a word. */
function connectsDuring(stall: Stretch, { connects, endUs }: RunDetails): string[] {
  return connects.flatMap(({ role, beginUs, endUs: connectedUs }) => {
    const connect = { beginUs, lengthUs: (connectedUs ?? endUs) - beginUs };
    const sharedUs = shared(stall, connect);
    if (sharedUs < stall.lengthUs / 10) return [];
    return `the ${role} channel was being connected for ${ms(sharedUs)} of it`;
  });
}

function idleDuring(stall: Stretch, idle: NonNullable<RunDetails["idle"]>): string {
  const sharedUs = Math.max(
    0,
    ...idle.longest.map(([beginUs, lengthUs]) => shared(stall, { beginUs, lengthUs })),
  );
  return sharedUs === 0
    ? "a loop that does nothing went on meanwhile"
    : `a loop that does nothing stood still for ${ms(sharedUs)} meanwhile`;
}

function shared(one: Stretch, other: Stretch): number {
  const end = Math.min(one.beginUs + one.lengthUs, other.beginUs + other.lengthUs);
  return Math.max(0, end - Math.max(one.beginUs, other.beginUs));
}

function ms(us: number): string {
  return `${formatFigure(us / 1000)} ms`;
}
