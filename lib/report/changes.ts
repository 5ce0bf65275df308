/**
 * What differs between a result and an earlier one of the same clock: the first thing that somebody asks who has seen this report before.
 *
 * The hard thing is noise. Figures of virtual time are exact, so every difference is one. Those of real time were not made in turns, so only
 * what no run of the one reaches in the other is named; whether it is the code's doing, `deno task compare` says.
 *
 * @module
 */

import type { Metric } from "../measure/metric.ts";
import { METRICS } from "../measure/metrics.ts";
import { median, summarizeRuns } from "../measure/statistics.ts";
import { type ArmRuns, groupRuns, valuesOf } from "./arm_groups.ts";
import type { Result, RunResult } from "./result.ts";

/** A figure that is not what it was. */
export interface Change {
  readonly scenario: string;
  /** The arm, in few letters. */
  readonly arm: string;
  readonly metric: string;
  /** Medians of the runs. */
  readonly before: number;
  readonly now: number;
  /** By which share of what it was it changed; `null` where it was 0. */
  readonly share: number | null;
  readonly verdict: "better" | "worse" | "different";
}

/** What differs. */
export interface Changes {
  /** The largest first. */
  readonly figures: readonly Change[];
  /** Arms and figures that are in one of the results only, as sentences. */
  readonly unpaired: readonly string[];
}

/** In real time a smaller one is not worth a line. */
const LEAST_SHARE_IN_REAL_TIME = 0.05;

/** Compares the figures that the scenarios show. Both are of one clock. */
export function findChanges(result: Result, earlier: Result): Changes {
  const before = new Map(groupRuns(earlier).map((one) => [one.summary.name, one]));
  const figures: Change[] = [];
  const unpaired: string[] = [];
  for (const { summary, arms } of groupRuns(result)) {
    const armsBefore = new Map(before.get(summary.name)?.arms.map((one) => [one.name, one]));
    for (const arm of arms) {
      const other = armsBefore.get(arm.name);
      armsBefore.delete(arm.name);
      if (other === undefined) unpaired.push(`${summary.name}, ${arm.shortName} is new.`);
      else figures.push(...changesOf(summary, arm, other, result.clock));
    }
    for (const { shortName } of armsBefore.values()) {
      unpaired.push(`${summary.name}, ${shortName} vanished.`);
    }
    before.delete(summary.name);
  }
  for (const name of before.keys()) unpaired.push(`${name} vanished.`);
  figures.sort((a, b) => sizeOf(b) - sizeOf(a));
  return { figures, unpaired };
}

function changesOf(
  { name: scenario, show }: { readonly name: string; readonly show: readonly string[] },
  arm: ArmRuns,
  other: ArmRuns,
  clock: Result["clock"],
): Change[] {
  return show.flatMap((metric): Change[] => {
    const [values, valuesBefore] = [arm.runs, other.runs].map((runs: readonly RunResult[]) =>
      valuesOf(runs, metric)
    ) as [number[], number[]];
    if (values.length === 0 || valuesBefore.length === 0) return [];
    const [now, before] = [median(values), median(valuesBefore)];
    const share = before === 0 ? null : now / before - 1;
    const isChange = clock === "virtual"
      ? now !== before
      : areApart(values, valuesBefore) && Math.abs(share ?? 1) >= LEAST_SHARE_IN_REAL_TIME;
    if (!isChange) return [];
    const verdict = judge(metric, now - before);
    return [{ scenario, arm: arm.shortName, metric, before, now, share, verdict }];
  });
}

function areApart(values: readonly number[], others: readonly number[]): boolean {
  const [one, other] = [summarizeRuns(values), summarizeRuns(others)];
  return one.max < other.min || other.max < one.min;
}

function judge(metric: string, difference: number): Change["verdict"] {
  const rows: Readonly<Record<string, Metric>> = METRICS;
  const better = rows[metric]?.better ?? "neither";
  if (better === "neither") return "different";
  return (better === "lower") === (difference < 0) ? "better" : "worse";
}

/** Twice as much and half of it are as large. */
function sizeOf({ before, now }: Change): number {
  return before > 0 && now > 0 ? Math.abs(Math.log(now / before)) : Infinity;
}
