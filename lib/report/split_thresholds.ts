/**
 * Which thresholds belong to which scenario.
 *
 * @module
 */

import type { Result, ThresholdResult } from "./result.ts";

/** Thresholds by the scenario that they name; of those that name several, by the first. */
export interface SplitThresholds {
  readonly byScenario: ReadonlyMap<string, readonly ThresholdResult[]>;
  /** Those that name none of the result's. */
  readonly others: readonly ThresholdResult[];
}

/** Splits the thresholds of a result. Their expressions name scenario and arm in full. */
export function splitThresholds(
  { thresholds, runs }: Pick<Result, "thresholds" | "runs">,
): SplitThresholds {
  const names = [...new Set(runs.map(({ scenario }) => scenario))];
  const byScenario = Map.groupBy(thresholds, ({ expression }) => {
    const places = names.map((name) => ({ name, at: placeOf(expression, name) }))
      .filter(({ at }) => at < Infinity)
      .sort((a, b) => a.at - b.at);
    return places[0]?.name ?? "";
  });
  const others = byScenario.get("") ?? [];
  byScenario.delete("");
  return { byScenario, others };
}

/** Where a threshold names a scenario first; Infinity: nowhere. */
function placeOf(expression: string, name: string): number {
  const places = [",", "]"].map((end) => expression.indexOf(`scenario=${name}${end}`));
  return Math.min(...places.filter((place) => place >= 0));
}
