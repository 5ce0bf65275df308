/**
 * A comparison as text: what the machine was like, a table of all figures with value, limit and margin, and what failed.
 *
 * @module
 */

import type { Colors } from "../../lib/report/colors.ts";
import type { ComparedFigure, Comparison, MachineCheck } from "../../lib/report/comparison.ts";
import { formatFigure } from "../../lib/report/format_figure.ts";
import { formatPercent } from "../../lib/report/format_percent.ts";
import { renderTable } from "../../lib/report/table.ts";
import { formatNamedArm } from "../select_arm.ts";
import { fails } from "./gate.ts";
import { worseBy } from "./judge_series.ts";

/** What a reader looks for first. */
const ORDER: readonly ComparedFigure["verdict"][] = [
  "regression",
  "improvement",
  "inconclusive",
  "unfit",
  "no change",
];

/** The whole comparison, without a final newline. */
export function renderComparison(comparison: Comparison, colors: Colors): string {
  const { base, head, pairs, clock, notes, missing, figures } = comparison;
  return [
    `${nameOf(base)} against ${nameOf(head)}, ${pairs} ${
      pairs === 1 ? "pair" : "pairs"
    } in ${clock} time`,
    ...comparison.machine.map((check) => renderCheck(check, colors)),
    ...notes,
    "",
    ...figures.length === 0
      ? ["There is no figure that both have."]
      : [renderFigures(comparison, colors)],
    ...new Set(figures.flatMap(({ reason }) => reason === undefined ? [] : `unfit: ${reason}`)),
    "",
    ...missing.map((sentence) => `${colors.red("fail")}  ${sentence}`),
    ...figures.filter((figure) => fails(figure, comparison.failOn)).map((figure) =>
      `${colors.red("fail")}  ${describeFailure(figure, comparison)}`
    ),
    summarize(comparison),
  ].join("\n");
}

/** One demand on the machine, with value and limit. */
function renderCheck({ name, text, met, units }: MachineCheck, colors: Colors): string {
  const word = met ? colors.dim("fit  ") : colors.yellow("unfit");
  return `${word}  ${name}: ${text}${met ? "" : `; no verdict on what is in ${units.join(", ")}`}`;
}

function renderFigures({ figures, failOn }: Comparison, colors: Colors): string {
  const sorted = figures.toSorted((a, b) =>
    ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict) || worseBy(b) - worseBy(a)
  );
  const columns = [
    { heading: "figure", align: "left" as const },
    ...["base", "head", "change", "95 % sure", "limit", "margin"].map((heading) => ({
      heading,
      align: "right" as const,
    })),
    { heading: "verdict", align: "left" as const },
  ];
  const rows = sorted.map((figure) => [
    `${formatNamedArm(figure)} ${figure.metric}`,
    formatFigure(figure.baseMedian),
    formatFigure(figure.headMedian),
    figure.ratio === null ? "-" : formatPercent(figure.ratio - 1, "+"),
    figure.interval === null
      ? "-"
      : `${formatPercent(figure.interval.low - 1, "+")} .. ${
        formatPercent(figure.interval.high - 1, "+")
      }`,
    formatPercent(failOn.share),
    figure.verdict === "unfit" ? "-" : formatPercent(failOn.share - towards(figure, failOn), "+"),
    describeVerdict(figure),
  ]);
  return renderTable(columns, rows, colors);
}

/** How far a figure went into the direction that fails. */
function towards(figure: ComparedFigure, failOn: Comparison["failOn"]): number {
  return failOn.verdict === "regression" ? worseBy(figure) : -worseBy(figure);
}

function describeVerdict({ verdict, visible, limit }: ComparedFigure): string {
  const seen = visible === null ? "none" : formatPercent(visible);
  switch (verdict) {
    case "no change":
      return visible === 0 ? verdict : `no change (${seen} would have been seen)`;
    case "inconclusive":
      return `inconclusive (${seen} would have been seen, ${formatPercent(limit)} has to)`;
    case "unfit":
      return verdict;
    case "regression":
    case "improvement":
      return verdict;
  }
}

function describeFailure(figure: ComparedFigure, { failOn }: Comparison): string {
  const { verdict, metric, baseMedian, headMedian } = figure;
  const change = Math.abs(worseBy(figure));
  return `${formatNamedArm(figure)} ${metric}: ${formatFigure(baseMedian)} -> ` +
    `${formatFigure(headMedian)}, ${verdict} of ${formatPercent(change)}, ` +
    `limit ${formatPercent(failOn.share)}, ${formatPercent(change - failOn.share)} beyond`;
}

function summarize({ figures }: Comparison): string {
  const counts = ORDER.flatMap((verdict) => {
    const count = figures.filter((figure) => figure.verdict === verdict).length;
    return count === 0 ? [] : `${count} ${verdict}`;
  });
  return `${figures.length} figures: ${counts.join(", ")}.`;
}

function nameOf({ name, commit }: Comparison["base"]): string {
  return commit.startsWith(name) ? name : `${name} (${commit.slice(0, 12)})`;
}
