/**
 * The statistical gate as a whole, apart from where its pairs come from: looks at them at the times that `looks.ts` sets, remembers what a
 * look has found, and says when there is nothing left to find. Resampled recordings go through the same code as real runs.
 *
 * @module
 */

import type { ComparedFigure, Comparison } from "../../lib/report/comparison.ts";
import { fails, nameOfFigure } from "../../lib/report/comparison_verdict.ts";
import { judgeSeries } from "./judge_series.ts";
import type { Series } from "./series.ts";

/** A verdict and a share: what fails a comparison. */
export type FailOn = Comparison["failOn"];

/** Judges a growing set of pairs. */
export class StatisticalGate {
  readonly #leastShare: number;
  readonly #unfit: (series: Series) => string | null;
  /** What an earlier look has found stays found: it had its own share of false alarms. */
  readonly #found = new Map<string, "regression" | "improvement">();

  /** @param unfit why the machine is unfit for a series; `null` where it is fit. */
  constructor(failOn: FailOn, unfit: (series: Series) => string | null) {
    this.#leastShare = failOn.share;
    this.#unfit = unfit;
  }

  /** Looks at all pairs there are. @param level the probability of a false alarm in this look. */
  look(series: readonly Series[], level: number): ComparedFigure[] {
    const options = { level, leastShare: this.#leastShare, unfit: this.#unfit };
    return judgeSeries(series, options).map((figure) => {
      const name = nameOfFigure(figure);
      const { verdict } = figure;
      if (verdict === "regression" || verdict === "improvement") this.#found.set(name, verdict);
      const found = this.#found.get(name);
      return found === undefined ? figure : { ...figure, verdict: found };
    });
  }
}

/** Whether more pairs could tell more. */
export function isUndecided(figures: readonly ComparedFigure[]): boolean {
  return figures.some(({ verdict }) => verdict === "inconclusive");
}

/** The verdict over all: a failure counts more than a doubt. */
export function verdictOf(
  figures: readonly ComparedFigure[],
  lost: readonly string[],
  failOn: FailOn,
): Comparison["verdict"] {
  if (lost.length > 0 || figures.some((figure) => fails(figure, failOn))) return "fail";
  const isOpen = figures.length === 0 ||
    figures.some(({ verdict }) => verdict === "inconclusive" || verdict === "unfit");
  return isOpen ? "inconclusive" : "pass";
}
