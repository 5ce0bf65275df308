/**
 * What differs from the baseline. The hard thing is what is not there: an arm or a metric that vanished is a difference like any other,
 * since a gate that looks only at what it still finds goes blind one renaming at a time.
 *
 * @module
 */

import type { RunOutcome, RunResult } from "../../lib/report/result.ts";
import { formatNamedArm } from "../select_arm.ts";
import { gatedPartOf, virtualToleranceOf } from "./baseline.ts";

/** One difference. `arm` is the arm's name in full. */
export type Difference =
  | {
    readonly kind: "figure";
    readonly arm: string;
    readonly metric: string;
    readonly old: number;
    readonly new: number;
    /** By which share of the old figure it may differ. */
    readonly tolerance: number;
  }
  | {
    readonly kind: "outcome";
    readonly arm: string;
    readonly field: keyof RunOutcome;
    readonly old: string;
    readonly new: string;
  }
  /** `metric` is `null` where the whole arm is meant. */
  | { readonly kind: "vanished" | "new"; readonly arm: string; readonly metric: string | null };

/** What the comparison came to. */
export interface BaselineComparison {
  readonly differences: readonly Difference[];
  /** Figures that are in both. */
  readonly figures: number;
  /** The figure within its tolerance that came nearest to it; `null` where every one is what it was. */
  readonly nearest: (Difference & { readonly kind: "figure" }) | null;
}

/** Compares the runs of a suite with what was accepted; both hold one run of each arm. */
export function compareWithBaseline(
  accepted: readonly RunResult[],
  runs: readonly RunResult[],
): BaselineComparison {
  const before = byArm(accepted);
  const after = byArm(runs.map(gatedPartOf));
  const differences: Difference[] = [];
  const within: (Difference & { readonly kind: "figure" })[] = [];
  let figures = 0;
  for (const arm of new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(arm), after.get(arm)];
    if (old === undefined || now === undefined) {
      differences.push({ kind: old === undefined ? "new" : "vanished", arm, metric: null });
      continue;
    }
    differences.push(...outcomeDifferences(arm, old.outcome, now.outcome));
    for (const metric of new Set([...Object.keys(old.metrics), ...Object.keys(now.metrics)])) {
      const difference = compareFigure(arm, metric, old.metrics[metric], now.metrics[metric]);
      if (difference.kind !== "figure") differences.push(difference);
      else {
        figures++;
        if (shareOf(difference) > difference.tolerance) differences.push(difference);
        else if (difference.old !== difference.new) within.push(difference);
      }
    }
  }
  const [nearest = null] = within.toSorted((a, b) =>
    shareOf(b) / b.tolerance - shareOf(a) / a.tolerance
  );
  return { differences, figures, nearest };
}

/** How far a figure has moved, as a share of the old one; from 0 it is infinitely far. */
export function shareOf(figure: { readonly old: number; readonly new: number }): number {
  const moved = Math.abs(figure.new - figure.old);
  return moved === 0 ? 0 : moved / Math.abs(figure.old);
}

function compareFigure(
  arm: string,
  metric: string,
  old: number | undefined,
  now: number | undefined,
): Difference {
  if (old === undefined) return { kind: "new", arm, metric };
  if (now === undefined) return { kind: "vanished", arm, metric };
  return { kind: "figure", arm, metric, old, new: now, tolerance: virtualToleranceOf(metric) ?? 0 };
}

function outcomeDifferences(arm: string, old: RunOutcome, now: RunOutcome): Difference[] {
  return (["source", "destination", "ram", "guest"] as const)
    .filter((field) => old[field] !== now[field])
    .map((field) => ({ kind: "outcome", arm, field, old: old[field], new: now[field] }));
}

function byArm(runs: readonly RunResult[]): Map<string, RunResult> {
  return new Map(runs.map((run) => [formatNamedArm(run), run]));
}
