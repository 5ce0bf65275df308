/**
 * Real noise, recorded: `tests/data/compare-noise.json` holds what the suite `compare` measured again and again on a machine that did
 * nothing else, run by run, in stretches. Resampled, it shows what the gate makes of a revision that is compared with itself.
 *
 * @module
 */

import { baseGoesFirst } from "../../../bench/compare/looks.ts";
import type { Series } from "../../../bench/compare/series.ts";
import { isMetricName } from "../../../lib/measure/metrics.ts";
import type { Random } from "../../../lib/world/world.ts";

/** What was recorded in one stretch: a value of each run, by `SCENARIO METRIC`. */
type Stretch = Readonly<Record<string, readonly number[]>>;

/** Runs that are drawn together, so that what noise of one run has to do with that of the next stays. */
const BLOCK = 8;

const STRETCHES: readonly Stretch[] = JSON.parse(
  Deno.readTextFileSync(new URL("../../data/compare-noise.json", import.meta.url)),
).stretches;

/**
 * Pairs of a revision with itself: runs in blocks from anywhere in the recording, in the order in which a comparison makes them. Each run
 * keeps all of its figures, since they hang together.
 */
export function resamplePairs(pairs: number, random: Random): Series[] {
  const runs: { readonly stretch: Stretch; readonly at: number }[] = [];
  while (runs.length < 2 * pairs) {
    const stretch = STRETCHES[random.integer(STRETCHES.length)]!;
    const begin = random.integer(lengthOf(stretch) - BLOCK + 1);
    for (let at = begin; at < begin + BLOCK; at++) runs.push({ stretch, at });
  }
  return Object.keys(STRETCHES[0]!).map((name): Series => {
    const [scenario = "", metric = ""] = name.split(" ");
    if (!isMetricName(metric)) throw new TypeError(`the recording has a metric ${metric}`);
    const values = runs.map(({ stretch, at }) => stretch[name]![at]!);
    const numbers = Array.from({ length: pairs }, (_, number) => number);
    const sideOf = (isBase: boolean) =>
      numbers.map((number) => values[2 * number + (baseGoesFirst(number) === isBase ? 0 : 1)]!);
    return { scenario, arm: {}, metric, base: sideOf(true), head: sideOf(false) };
  });
}

function lengthOf(stretch: Stretch): number {
  return Object.values(stretch)[0]!.length;
}
