/**
 * The runs of a result by scenario and arm, in the order in which they were made, with the median of each figure.
 *
 * @module
 */

import { median } from "../measure/statistics.ts";
import { type Arm, formatArm } from "./arm.ts";
import type { Result, RunResult, ScenarioSummary } from "./result.ts";

/** The runs of one arm. */
export interface ArmRuns {
  readonly arm: Arm;
  /** Its values, or `only` where nothing varies. */
  readonly name: string;
  /** The same in fewer letters: of a value that says itself what it is, the axis is left out. */
  readonly shortName: string;
  readonly runs: readonly RunResult[];
}

/** The runs of one scenario. */
export interface ScenarioRuns {
  readonly summary: ScenarioSummary;
  readonly arms: readonly ArmRuns[];
}

/** Groups the runs. A scenario that the result does not describe is shown with all that was measured. */
export function groupRuns({ runs, scenarios }: Pick<Result, "runs" | "scenarios">): ScenarioRuns[] {
  return [...Map.groupBy(runs, ({ scenario }) => scenario)].map(([name, ofScenario]) => ({
    summary: scenarios?.find((one) => one.name === name) ?? undescribed(name, ofScenario),
    arms: [...Map.groupBy(ofScenario, ({ arm }) => formatArm(arm) || "only")].map((
      [name, runs],
    ) => ({ arm: runs[0]!.arm, name, shortName: shorten(runs[0]!.arm), runs })),
  }));
}

function shorten(arm: Arm): string {
  const values = Object.entries(arm).map(([axis, value]) =>
    typeof value === "string" ? value : `${axis}=${value}`
  );
  return values.join(", ") || "only";
}

/** The median of a metric over runs; `null` where one of them has not measured it. */
export function medianMetric(runs: readonly RunResult[], metric: string): number | null {
  const values = runs.flatMap(({ metrics }) => metrics[metric] ?? []);
  return values.length === runs.length && values.length > 0 ? median(values) : null;
}

function undescribed(name: string, runs: readonly RunResult[]): ScenarioSummary {
  const show = [...new Set(runs.flatMap(({ metrics }) => Object.keys(metrics)))];
  return { name, question: "", file: "", show, meaning: null };
}
