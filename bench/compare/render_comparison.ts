/**
 * A comparison as text: what the machine was like, a table of all figures with value, limit and margin, and what failed.
 *
 * @module
 */

import type { Colors } from "../../lib/report/colors.ts";
import type { Comparison, MachineCheck } from "../../lib/report/comparison.ts";
import {
  cellsOf,
  describeSides,
  describeVerdict,
  failuresOf,
  FIGURE_COLUMNS,
  inReadingOrder,
  nameOfFigure,
  summarizeFigures,
} from "../../lib/report/comparison_verdict.ts";
import { renderTable } from "../../lib/report/table.ts";

/** The whole comparison, without a final newline. */
export function renderComparison(comparison: Comparison, colors: Colors): string {
  const { notes, figures } = comparison;
  return [
    describeSides(comparison),
    ...comparison.machine.map((check) => renderCheck(check, colors)),
    ...notes,
    "",
    ...figures.length === 0
      ? ["There is no figure that both have."]
      : [renderFigures(comparison, colors)],
    ...new Set(figures.flatMap(({ reason }) => reason === undefined ? [] : `unfit: ${reason}`)),
    "",
    ...failuresOf(comparison).map((sentence) => `${colors.red("fail")}  ${sentence}`),
    summarizeFigures(comparison),
  ].join("\n");
}

/** One demand on the machine, with value and limit. */
function renderCheck({ name, text, met, units }: MachineCheck, colors: Colors): string {
  const word = met ? colors.dim("fit  ") : colors.yellow("unfit");
  return `${word}  ${name}: ${text}${met ? "" : `; no verdict on what is in ${units.join(", ")}`}`;
}

function renderFigures({ figures, failOn }: Comparison, colors: Colors): string {
  const columns = [
    { heading: "figure", align: "left" as const },
    ...FIGURE_COLUMNS.map((heading) => ({ heading, align: "right" as const })),
    { heading: "verdict", align: "left" as const },
  ];
  const rows = inReadingOrder(figures).map((figure) => [
    nameOfFigure(figure),
    ...cellsOf(figure, failOn),
    describeVerdict(figure),
  ]);
  return renderTable(columns, rows, colors);
}
