/**
 * What came out of a scenario, as text: its question, a table with a row for each arm, and of several runs one more for how far they are
 * apart, the sentence that says what it means, and the thresholds that did not hold.
 *
 * @module
 */

import { type MetricName, METRICS } from "../lib/measure/metrics.ts";
import type { ClockKind } from "../lib/measure/metric.ts";
import type { Colors } from "../lib/report/colors.ts";
import { formatFigure } from "../lib/report/format_figure.ts";
import { formatSpread } from "../lib/report/format_spread.ts";
import { describeFigures, marginOf } from "../lib/report/margin.ts";
import type { RunResult, Verdict } from "../lib/report/result.ts";
import { renderTable } from "../lib/report/table.ts";
import { wrapText } from "../lib/report/wrap_text.ts";
import { medianOf, outcomeOf, valuesOf } from "./figures.ts";
import { renderMeaning } from "./meaning.ts";
import type { ScenarioReport } from "./run_suite.ts";
import type { Scenario } from "./scenario.ts";
import { formatNamedArm, selectorOf } from "./select_arm.ts";

const ABSENT = "-";

/** A scenario's report, without a final newline. */
export function renderScenario(
  report: ScenarioReport,
  clock: ClockKind,
  colors: Colors,
): string {
  const { scenario, runs } = report;
  const meaning = scenario.meaning[clock];
  const broken = renderBroken(report, colors);
  return [
    `${colors.bold(scenario.name)}: ${scenario.question}`,
    "",
    renderArms(scenario, runs, clock, colors),
    "",
    ...meaning === null ? [] : [wrapText(renderMeaning(meaning, runs)), ""],
    ...broken,
    colors.dim(summarize(report)),
    ...nearestToLimit(report).map(colors.dim),
  ].join("\n");
}

/** A line for each run that failed, and for each threshold that does not hold. */
export function renderBroken(
  { runs, judgements }: Pick<ScenarioReport, "runs" | "judgements">,
  colors: Colors,
): string[] {
  const failed = runs.flatMap((run) =>
    run.failure === undefined
      ? []
      : `${colorVerdict("fail", colors)}  ${formatNamedArm(run)}: ${run.failure}`
  );
  const broken = judgements.filter(({ verdict }) => verdict !== "pass").map((judgement) =>
    `${colorVerdict(judgement.verdict, colors)}  ${judgement.expression}: ${judgement.reason}`
  );
  return [...failed, ...broken];
}

/** A verdict in its colour. */
export function colorVerdict(verdict: Verdict, colors: Colors): string {
  switch (verdict) {
    case "pass":
      return colors.green(verdict);
    case "fail":
      return colors.red(verdict);
    case "inconclusive":
      return colors.yellow(verdict);
  }
}

/** What holds, in numbers. */
function summarize({ scenario, runs, judgements }: ScenarioReport): string {
  const identical = runs.filter(({ outcome }) => outcome.ram === "identical").length;
  const held = judgements.filter(({ verdict }) => verdict === "pass").length;
  const thresholds = judgements.length === 0
    ? ""
    : `; ${held} of ${judgements.length} thresholds hold`;
  const isKnown = runs.some(({ outcome }) => outcome.ram !== "absent");
  const ram = isKnown
    ? `RAM identical after ${identical} of ${runs.length} runs`
    : "What RAM must hold is not known, so it was not compared";
  const medians = runs.length > scenario.arms.length
    ? " Figures are medians; where runs differ, the least and the greatest stand below."
    : "";
  return `${ram}${thresholds}.${medians}`;
}

/** Of the thresholds that hold, the one with the least room, as a line. */
function nearestToLimit({ judgements }: ScenarioReport): string[] {
  const [nearest] = judgements.filter(({ verdict }) => verdict === "pass")
    .map((judgement) => ({ judgement, margin: marginOf(judgement) ?? Infinity }))
    .toSorted((a, b) => a.margin - b.margin);
  if (nearest === undefined) return [];
  const { expression } = nearest.judgement;
  return [wrapText(`Nearest to its limit: ${expression}: ${describeFigures(nearest.judgement)}.`)];
}

function renderArms(
  scenario: Scenario,
  runs: readonly RunResult[],
  clock: ClockKind,
  colors: Colors,
): string {
  const axes = Object.keys(scenario.arms[0]?.arm ?? {});
  const metrics = scenario.show.filter((metric) => isMeasuredBy(metric, clock));
  const columns = [
    ...axes.map((axis) => ({ heading: axis, align: "left" as const })),
    ...metrics.map((metric) => ({ heading: metric, align: "right" as const })),
    { heading: "guest", align: "left" as const },
  ];
  const rows = scenario.arms.flatMap(({ arm }) => {
    const selector = selectorOf({ scenario: scenario.name, arm });
    const medians = [
      ...Object.values(arm).map(String),
      ...metrics.map((metric) => formatCell(medianOf(runs, metric, selector))),
      outcomeOf(runs, "guest", selector),
    ];
    const spreads = [
      ...Object.values(arm).map(() => ""),
      ...metrics.map((metric) => formatSpread(valuesOf(runs, metric, selector))),
    ];
    return spreads.some((spread) => spread !== "") ? [medians, spreads] : [medians];
  });
  return renderTable(columns, rows, colors);
}

function isMeasuredBy(metric: MetricName, clock: ClockKind): boolean {
  return (METRICS[metric].clocks as readonly ClockKind[]).includes(clock);
}

function formatCell(value: number | null): string {
  return value === null ? ABSENT : formatFigure(value);
}
