/**
 * The runs of a result by scenario and arm, in the order in which they were made, with the median of each figure.
 *
 * @module
 */

import { median } from "../measure/statistics.ts";
import { type Arm, formatArm } from "./arm.ts";
import type { Result, RunResult, ScenarioSummary } from "./result.ts";
import { typicalRun } from "./typical_run.ts";

/** The runs of one arm. */
export interface ArmRuns {
  readonly arm: Arm;
  /** Its values, or `only` where nothing varies. */
  readonly name: string;
  /** The same in fewer letters: of a value that says itself what it is, the axis is left out. */
  readonly shortName: string;
  readonly runs: readonly RunResult[];
  /** The one of them that charts show, where they show only one. */
  readonly typical: RunResult;
}

/** The runs of one scenario. */
export interface ScenarioRuns {
  readonly summary: ScenarioSummary;
  readonly arms: readonly ArmRuns[];
}

/** Groups the runs. A scenario that the result does not describe is shown with all that was measured. */
export function groupRuns({ runs, scenarios }: Pick<Result, "runs" | "scenarios">): ScenarioRuns[] {
  return [...Map.groupBy(runs, ({ scenario }) => scenario)].map(([name, ofScenario]) => {
    const summary = scenarios?.find((one) => one.name === name) ?? undescribed(name, ofScenario);
    const arms = Map.groupBy(ofScenario, ({ arm }) => formatArm(arm) || "only");
    return { summary, arms: [...arms].map(([name, runs]) => armRuns(name, runs, summary)) };
  });
}

function armRuns(name: string, runs: readonly RunResult[], { show }: ScenarioSummary): ArmRuns {
  const { arm } = runs[0]!;
  return { arm, name, shortName: shorten(arm), runs, typical: typicalRun(runs, show) };
}

function shorten(arm: Arm): string {
  const values = Object.entries(arm).map(([axis, value]) =>
    typeof value === "string" ? value : `${axis}=${value}`
  );
  return values.join(", ") || "only";
}

/** What the runs have measured of a metric. */
export function valuesOf(runs: readonly RunResult[], metric: string): number[] {
  return runs.flatMap(({ metrics }) => metrics[metric] ?? []);
}

/** The median of a metric over runs; `null` where one of them has not measured it. */
export function medianMetric(runs: readonly RunResult[], metric: string): number | null {
  const values = valuesOf(runs, metric);
  return values.length === runs.length && values.length > 0 ? median(values) : null;
}

function undescribed(name: string, runs: readonly RunResult[]): ScenarioSummary {
  const show = [...new Set(runs.flatMap(({ metrics }) => Object.keys(metrics)))];
  return { name, question: "", file: "", show, meaning: null };
}
