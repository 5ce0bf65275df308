/**
 * A bench's result as Markdown, for the summary of a CI job and for pull requests: verdict, what is unusual, thresholds, what came out.
 *
 * @module
 */

import { groupRuns, medianMetric, type ScenarioRuns, valuesOf } from "./arm_groups.ts";
import { formatFigure } from "./format_figure.ts";
import { formatSpread } from "./format_spread.ts";
import { formatMargin, marginOf } from "./margin.ts";
import { details, escape, MARKS, table } from "./markdown.ts";
import type { Result, ThresholdResult } from "./result.ts";
import { findUnusual } from "./unusual.ts";
import { VERDICT_WORDS, verdictSentence } from "./verdict_sentence.ts";

/** The text of a Markdown file. */
export function renderMarkdown(result: Result): string {
  const { verdict, clock, runs, commit, thresholds } = result;
  const unusual = findUnusual(result);
  const broken = thresholds.filter((one) => one.verdict !== "pass");
  const held = thresholds.filter((one) => one.verdict === "pass");
  return [
    `## ${MARKS[verdict]} Faultline bench: ${VERDICT_WORDS[verdict].toLowerCase()}`,
    `${escape(verdictSentence(result))} ${runs.length} runs in ${clock} time, commit ${
      escape(commit)
    }.`,
    ...broken.length > 0 ? [thresholdTable(broken)] : [],
    ...unusual.length > 0
      ? ["**What is unusual**", unusual.map((one) => `- ${escape(one)}`).join("\n")]
      : [],
    ...groupRuns(result).map(renderScenario),
    ...held.length > 0 ? [details(`${held.length} thresholds hold`, thresholdTable(held))] : [],
  ].join("\n\n") + "\n";
}

function thresholdTable(thresholds: readonly ThresholdResult[]): string {
  const rows = thresholds.map((threshold) => {
    const { expression, value, limit, verdict } = threshold;
    const margin = marginOf(threshold);
    return [
      MARKS[verdict],
      escape(expression),
      value === null ? "not measured" : formatFigure(value),
      limit === null ? "not measured" : formatFigure(limit),
      margin === null ? "" : formatMargin(margin),
    ];
  });
  return table(["", "threshold", "value", "limit", "margin"], rows, 2);
}

function renderScenario({ summary, arms }: ScenarioRuns): string {
  const axes = [...new Set(arms.flatMap(({ arm }) => Object.keys(arm)))];
  const metrics = summary.show.filter((metric) =>
    arms.some(({ runs }) => medianMetric(runs, metric) !== null)
  );
  const rows = arms.map(({ arm, runs }) => [
    ...axes.map((axis) => escape(String(arm[axis] ?? ""))),
    ...metrics.map((metric) => {
      const value = medianMetric(runs, metric);
      const spread = formatSpread(valuesOf(runs, metric));
      return `${value === null ? "-" : formatFigure(value)}${spread && ` (${spread})`}`;
    }),
    [...new Set(runs.map(({ outcome }) => outcome.guest))].join(" or "),
  ]);
  return [
    `### ${escape(summary.name)}`,
    escape(summary.question),
    table([...axes.map(escape), ...metrics, "guest"], rows, axes.length),
    ...summary.meaning === null ? [] : [escape(summary.meaning)],
  ].join("\n\n");
}
