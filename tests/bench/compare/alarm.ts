/**
 * Whether the gate alarms, without what a report needs besides: intervals take longer than everything else, and tests make thousands.
 *
 * @module
 */

import { limitOf, testSeries } from "../../../bench/compare/judge_series.ts";
import { worseBy } from "../../../lib/report/comparison_verdict.ts";
import type { Look } from "../../../bench/compare/looks.ts";
import type { Series } from "../../../bench/compare/series.ts";
import { median } from "../../../lib/measure/statistics.ts";

/** The share of the tests' `--fail-on`, which is the default one. */
const FAIL_SHARE = 0.05;

/** A series as it was after so many pairs. */
export function firstPairs(series: Series, pairs: number): Series {
  return { ...series, base: series.base.slice(0, pairs), head: series.head.slice(0, pairs) };
}

/** The metrics of the figures that fail at one of the looks. */
export function alarmsOf(series: readonly Series[], looks: readonly Look[]): string[] {
  return looks.flatMap(({ pairs, level }) => {
    const seen = series.map((one) => firstPairs(one, pairs));
    const isLarge = seen.map(isBeyondLimit);
    // As a rule none is, and counting what is probable takes long.
    if (!isLarge.includes(true)) return [];
    return testSeries(seen).flatMap(({ adjustedP }, index) =>
      adjustedP <= level && isLarge[index] ? seen[index]!.metric : []
    );
  });
}

function isBeyondLimit({ metric, base, head }: Series): boolean {
  const ratio = median(base.map((value, pair) => head[pair]! / value));
  const medians = { baseMedian: median(base), headMedian: median(head) };
  return worseBy({ metric, ratio, ...medians }) >= limitOf(metric, FAIL_SHARE);
}
