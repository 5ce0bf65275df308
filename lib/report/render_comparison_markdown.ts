/**
 * A comparison as Markdown, for the summary of a CI job and for pull requests: verdict, what failed, what could not be told, and the rest
 * folded away.
 *
 * @module
 */

import type { ComparedFigure, Comparison } from "./comparison.ts";
import {
  cellsOf,
  describeSides,
  describeVerdict,
  fails,
  failuresOf,
  FIGURE_COLUMNS,
  inReadingOrder,
  nameOfFigure,
  summarizeFigures,
} from "./comparison_verdict.ts";
import { details, escape, MARKS, table } from "./markdown.ts";
import { VERDICT_WORDS } from "./verdict_sentence.ts";

/** The text of a Markdown file. */
export function renderComparisonMarkdown(comparison: Comparison): string {
  const { verdict, figures, machine, notes } = comparison;
  const sorted = inReadingOrder(figures);
  const [quiet, shown] = [true, false].map((isQuiet) =>
    sorted.filter((figure) => (figure.verdict === "no change") === isQuiet)
  ) as [ComparedFigure[], ComparedFigure[]];
  const reasons = new Set(figures.flatMap(({ reason }) => reason ?? []));
  return [
    `## ${MARKS[verdict]} Faultline compare: ${VERDICT_WORDS[verdict].toLowerCase()}`,
    escape(`${describeSides(comparison)}. ${summarizeFigures(comparison)}`),
    ...list(failuresOf(comparison)),
    ...shown.length > 0 ? [figureTable(shown, comparison)] : [],
    ...list([...reasons].map((reason) => `unfit: ${reason}`)),
    ...list(notes),
    ...quiet.length > 0
      ? [details(`${quiet.length} without a change`, figureTable(quiet, comparison))]
      : [],
    ...machine.length > 0 ? [details("The machine", machineTable(machine))] : [],
  ].join("\n\n") + "\n";
}

function figureTable(figures: readonly ComparedFigure[], { failOn }: Comparison): string {
  const rows = figures.map((figure) => [
    MARKS[markOf(figure, failOn)],
    escape(nameOfFigure(figure)),
    ...cellsOf(figure, failOn).map(escape),
    escape(describeVerdict(figure)),
  ]);
  return table(["", "figure", ...FIGURE_COLUMNS, "verdict"], rows, 2);
}

function markOf(figure: ComparedFigure, failOn: Comparison["failOn"]): keyof typeof MARKS {
  if (fails(figure, failOn)) return "fail";
  const isOpen = figure.verdict === "inconclusive" || figure.verdict === "unfit";
  return isOpen ? "inconclusive" : "pass";
}

function machineTable(machine: Comparison["machine"]): string {
  const rows = machine.map(({ name, text, met }) => [
    MARKS[met ? "pass" : "inconclusive"],
    escape(name),
    escape(text),
  ]);
  return table(["", "demand", "seen"], rows, 3);
}

function list(sentences: readonly string[]): string[] {
  return sentences.length === 0
    ? []
    : [sentences.map((sentence) => `- ${escape(sentence)}`).join("\n")];
}
