/**
 * A bench's result as JUnit XML: a suite for each scenario, in it a case for each threshold and one for its runs.
 *
 * What is inconclusive is an error, not a failure: the figure was measured, and nobody can say what it means.
 *
 * @module
 */

import { groupRuns, type ScenarioRuns } from "./arm_groups.ts";
import { type Case, formatJunit } from "./junit.ts";
import { describeFigures } from "./margin.ts";
import type { Result, ThresholdResult } from "./result.ts";
import { splitThresholds } from "./split_thresholds.ts";

/** The text of a JUnit file. */
export function renderJunit(result: Result): string {
  const { byScenario, others } = splitThresholds(result);
  const suites = groupRuns(result).map((scenario) => ({
    name: scenario.summary.name,
    cases: [
      runsCase(scenario),
      ...(byScenario.get(scenario.summary.name) ?? []).map(thresholdCase),
    ],
  }));
  if (others.length > 0) {
    suites.push({ name: "other thresholds", cases: others.map(thresholdCase) });
  }
  return formatJunit("faultline bench", suites);
}

/** Whether a scenario could be carried out, and the guest's RAM is what it must be. */
function runsCase({ arms }: ScenarioRuns): Case {
  const runs = arms.flatMap((arm) => arm.runs);
  const failures = arms.flatMap(({ name, runs }) =>
    runs.flatMap(({ failure }) => failure === undefined ? [] : `${name}: ${failure}`)
  );
  const measuredUs = runs.reduce(
    (sum, { details }) => sum + (details === undefined ? 0 : details.endUs - details.beginUs),
    0,
  );
  return {
    name: "runs",
    seconds: Number((measuredUs / 1e6).toFixed(3)),
    problem: failures.length === 0 ? null : { element: "failure", message: failures.join("; ") },
    output: `${runs.length - failures.length} of ${runs.length} runs went to their end`,
  };
}

function thresholdCase(threshold: ThresholdResult): Case {
  const { expression, verdict } = threshold;
  const output = describeFigures(threshold);
  return {
    name: expression,
    seconds: 0,
    problem: verdict === "pass"
      ? null
      : { element: verdict === "fail" ? "failure" : "error", message: `${verdict}: ${output}` },
    output,
  };
}
