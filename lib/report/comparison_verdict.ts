/**
 * A comparison in a few words, for everything that shows one: what failed, by how much, and in which order figures are read.
 *
 * @module
 */

import type { Better, Metric } from "../measure/metric.ts";
import { METRICS } from "../measure/metrics.ts";
import { formatArm } from "./arm.ts";
import type { ComparedFigure, Comparison } from "./comparison.ts";
import { formatFigure } from "./format_figure.ts";
import { formatPercent } from "./format_percent.ts";
import { count } from "./verdict_sentence.ts";

/** What a reader looks for first. */
const ORDER: readonly ComparedFigure["verdict"][] = [
  "regression",
  "improvement",
  "inconclusive",
  "unfit",
  "no change",
];

/** What fails first, the worst of its kind first. */
export function inReadingOrder(figures: Comparison["figures"]): ComparedFigure[] {
  return figures.toSorted((a, b) =>
    ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict) || worseBy(b) - worseBy(a)
  );
}

/** By which share of the better figure the worse one is worse, whichever way is better: positive is a regression, negative an improvement. */
export function worseBy(
  { metric, ratio, baseMedian, headMedian }: Pick<
    ComparedFigure,
    "metric" | "ratio" | "baseMedian" | "headMedian"
  >,
): number {
  const change = ratio ?? (headMedian === baseMedian ? 1 : headMedian / baseMedian);
  const worse = betterOf(metric) === "higher" ? 1 / change : change;
  return worse >= 1 ? worse - 1 : 1 - 1 / worse;
}

/** Whether a figure fails the comparison. */
export function fails(figure: ComparedFigure, failOn: Comparison["failOn"]): boolean {
  if (figure.verdict !== failOn.verdict) return false;
  return Math.abs(worseBy(figure)) >= figure.limit;
}

/** How much of the limit is left, as a share of the base's figure; negative where it is beyond; `null` of what is unfit. */
export function marginOfFigure(
  figure: ComparedFigure,
  { verdict }: Comparison["failOn"],
): number | null {
  if (figure.verdict === "unfit") return null;
  return figure.limit - (verdict === "regression" ? worseBy(figure) : -worseBy(figure));
}

/** How a figure is called. */
export function nameOfFigure({ scenario, arm, metric }: ComparedFigure): string {
  const name = formatArm(arm);
  return `${name === "" ? scenario : `${scenario} [${name}]`} ${metric}`;
}

/** How a side is called: as it was given, and the commit where that does not say it. */
export function nameOfSide({ name, commit }: Comparison["base"]): string {
  return commit.startsWith(name) ? name : `${name} (${commit.slice(0, 12)})`;
}

/** Both sides, and how often they were run. */
export function describeSides({ base, head, pairs, clock }: Comparison): string {
  return `${nameOfSide(base)} against ${nameOfSide(head)}, ${
    count(pairs, "pair")
  } in ${clock} time`;
}

/** The columns of a table of figures, the first one left out: what was measured, how sure that is, and what is allowed. */
export const FIGURE_COLUMNS = ["base", "head", "change", "95 % sure", "limit", "margin"] as const;

/** The cells of a figure below them. */
export function cellsOf(figure: ComparedFigure, failOn: Comparison["failOn"]): string[] {
  const { baseMedian, headMedian, ratio, interval } = figure;
  const change = (of: number) => formatPercent(of - 1, "+");
  const margin = marginOfFigure(figure, failOn);
  return [
    formatFigure(baseMedian),
    formatFigure(headMedian),
    ratio === null ? "-" : change(ratio),
    interval === null ? "-" : `${change(interval.low)} .. ${change(interval.high)}`,
    formatPercent(figure.limit),
    margin === null ? "-" : formatPercent(margin, "+"),
  ];
}

/** A verdict with what could have been seen. */
export function describeVerdict({ verdict, visible, limit }: ComparedFigure): string {
  const seen = visible === null ? "none" : formatPercent(visible);
  switch (verdict) {
    case "no change":
      return visible === 0 ? verdict : `no change (${seen} would have been seen)`;
    case "inconclusive":
      return `inconclusive (${seen} would have been seen, ${formatPercent(limit)} has to)`;
    case "unfit":
    case "regression":
    case "improvement":
      return verdict;
  }
}

/** A figure that changed, with value, limit and margin. */
export function describeChange(figure: ComparedFigure, failOn: Comparison["failOn"]): string {
  const { baseMedian, headMedian, verdict, limit } = figure;
  const beyond = -(marginOfFigure(figure, failOn) ?? 0);
  return `${nameOfFigure(figure)}: ${formatFigure(baseMedian)} -> ${formatFigure(headMedian)}, ` +
    `${verdict} of ${formatPercent(Math.abs(worseBy(figure)))}, limit ${formatPercent(limit)}, ` +
    `${formatPercent(Math.abs(beyond))} ${beyond >= 0 ? "beyond" : "left"}`;
}

/** What failed, each as a sentence: what vanished, and what changed. */
export function failuresOf({ missing, figures, failOn }: Comparison): string[] {
  const failed = inReadingOrder(figures).filter((figure) => fails(figure, failOn));
  return [...missing, ...failed.map((figure) => describeChange(figure, failOn))];
}

/** How many figures have which verdict. */
export function summarizeFigures({ figures }: Comparison): string {
  const counts = ORDER.flatMap((verdict) => {
    const number = figures.filter((figure) => figure.verdict === verdict).length;
    return number === 0 ? [] : `${number} ${verdict}`;
  });
  return `${count(figures.length, "figure")}${counts.length > 0 ? `: ${counts.join(", ")}` : ""}.`;
}

function betterOf(metric: string): Better | undefined {
  const rows: Readonly<Record<string, Metric>> = METRICS;
  return rows[metric]?.better;
}
