/**
 * A comparison as JUnit XML: a suite for each scenario, in it a case for each figure, and a suite for what vanished.
 *
 * What nobody could judge is an error, not a failure.
 *
 * @module
 */

import type { ComparedFigure, Comparison } from "./comparison.ts";
import {
  cellsOf,
  describeChange,
  describeVerdict,
  fails,
  FIGURE_COLUMNS,
} from "./comparison_verdict.ts";
import { formatArm } from "./arm.ts";
import { type Case, formatJunit } from "./junit.ts";

/** The text of a JUnit file. */
export function renderComparisonJunit(comparison: Comparison): string {
  const { figures, missing, failOn } = comparison;
  const scenarios = new Set(figures.map(({ scenario }) => scenario));
  const suites = [...scenarios].map((name) => ({
    name,
    cases: figures.filter(({ scenario }) => scenario === name)
      .map((figure) => caseOf(figure, failOn)),
  }));
  const whole = { name: "what both have", cases: [missingCase(missing, figures.length)] };
  return formatJunit("faultline compare", [whole, ...suites]);
}

function missingCase(missing: readonly string[], figures: number): Case {
  const message = missing.join(" ");
  return {
    name: "nothing vanished",
    seconds: 0,
    problem: missing.length === 0 ? null : { element: "failure", message },
    output: `${figures} figures of both`,
  };
}

function caseOf(figure: ComparedFigure, failOn: Comparison["failOn"]): Case {
  const name = formatArm(figure.arm);
  const cells = cellsOf(figure, failOn);
  return {
    name: name === "" ? figure.metric : `${figure.metric} [${name}]`,
    seconds: 0,
    problem: problemOf(figure, failOn),
    output: [
      ...FIGURE_COLUMNS.map((column, index) => `${column} ${cells[index]}`),
      describeVerdict(figure),
    ].join(", "),
  };
}

function problemOf(figure: ComparedFigure, failOn: Comparison["failOn"]): Case["problem"] {
  if (fails(figure, failOn)) {
    return { element: "failure", message: describeChange(figure, failOn) };
  }
  if (figure.verdict === "unfit") {
    return { element: "error", message: `unfit: ${figure.reason ?? ""}` };
  }
  return figure.verdict === "inconclusive"
    ? { element: "error", message: describeVerdict(figure) }
    : null;
}
