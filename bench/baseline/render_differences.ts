/**
 * The difference from the baseline as text, and as judgements, so that every output of a result shows it.
 *
 * @module
 */

import type { Colors } from "../../lib/report/colors.ts";
import { formatFigure } from "../../lib/report/format_figure.ts";
import { formatPercent } from "../../lib/report/format_percent.ts";
import { renderTable } from "../../lib/report/table.ts";
import type { Judgement } from "../threshold.ts";
import type { SuiteBaseline } from "./baseline.ts";
import { type BaselineComparison, type Difference, shareOf } from "./compare_with_baseline.ts";

/** Rows that somebody reads; a changed price moves every figure. */
const ROWS_MAX = 50;

/** What differs, as a table, or how near the rest came to differing; without a final newline. */
export function renderDifferences(
  { differences, figures, nearest }: BaselineComparison,
  colors: Colors,
): string {
  if (differences.length === 0) {
    const near = nearest === null
      ? "every one is what it was"
      : `the nearest to its tolerance is ${nearest.metric} of ${nearest.arm}: ` +
        `${formatFigure(nearest.old)} -> ${formatFigure(nearest.new)}, ${changeOf(nearest)} of ` +
        formatPercent(nearest.tolerance);
    return `${figures} figures are within the baseline; ${near}.`;
  }
  const sorted = differences.toSorted((a, b) => weightOf(b) - weightOf(a));
  const columns = [
    { heading: "figure", align: "left" as const },
    ...["old", "new", "change", "tolerance"].map((heading) => ({
      heading,
      align: "right" as const,
    })),
  ];
  const table = renderTable(columns, sorted.slice(0, ROWS_MAX).map(rowOf), colors);
  const more = differences.length - ROWS_MAX;
  return [
    table,
    ...more > 0 ? [`... and ${more} more, which changed by less.`] : [],
    `${differences.length} differences from the baseline, of ${figures} figures.`,
  ].join("\n");
}

/** Which entries of the environment differ, as sentences: a price of work explains many figures at once. */
export function explainDifferences(
  accepted: SuiteBaseline,
  environment: SuiteBaseline["environment"],
): string[] {
  const names = new Set([...Object.keys(accepted.environment), ...Object.keys(environment)]);
  return [...names].flatMap((name) => {
    const [old = "absent", now = "absent"] = [accepted.environment[name], environment[name]];
    return old === now ? [] : `${name} was ${old} and is ${now}: every figure may follow from it.`;
  });
}

/** A judgement of the whole, and one for each difference. */
export function judgeDifferences({ differences, figures }: BaselineComparison): Judgement[] {
  const whole: Judgement = {
    expression: `differences from the baseline, of ${figures} figures`,
    value: differences.length,
    limit: 0,
    verdict: differences.length === 0 ? "pass" : "fail",
    ...differences.length > 0 &&
      { reason: "accept them with --accept --reason, if they are meant" },
  };
  return [whole, ...differences.map(judge)];
}

function judge(difference: Difference): Judgement {
  const [figure, old, now, change] = rowOf(difference);
  const isFigure = difference.kind === "figure";
  return {
    expression: `${figure} as in the baseline${
      isFigure ? `, within ${formatPercent(difference.tolerance)}` : ""
    }`,
    value: isFigure ? difference.new : null,
    limit: isFigure ? difference.old : null,
    verdict: "fail",
    reason: `${old} -> ${now}${change === "" ? "" : ` (${change})`}`,
  };
}

function rowOf(difference: Difference): string[] {
  const { kind, arm } = difference;
  switch (kind) {
    case "figure": {
      const [old, now] = formatApart(difference.old, difference.new);
      return [
        `${arm} ${difference.metric}`,
        old,
        now,
        changeOf(difference),
        formatPercent(difference.tolerance),
      ];
    }
    case "outcome":
      return [`${arm} ${difference.field}`, difference.old, difference.new, "", "none"];
    case "vanished":
      return [nameOf(arm, difference.metric), "there", "vanished", "", "none"];
    case "new":
      return [nameOf(arm, difference.metric), "not there", "new", "", "none"];
  }
}

/** Two figures, with as many digits as it takes to tell them apart. */
function formatApart(old: number, now: number): readonly [string, string] {
  const short = [formatFigure(old), formatFigure(now)] as const;
  return short[0] === short[1] ? [String(old), String(now)] : short;
}

function changeOf(figure: { readonly old: number; readonly new: number }): string {
  return figure.old === 0 ? "from 0" : formatPercent((figure.new - figure.old) / figure.old, "+");
}

function nameOf(arm: string, metric: string | null): string {
  return metric === null ? arm : `${arm} ${metric}`;
}

/** What comes first: what is not there, then the larger change. */
function weightOf(difference: Difference): number {
  return difference.kind === "figure" ? shareOf(difference) : Number.MAX_VALUE;
}
