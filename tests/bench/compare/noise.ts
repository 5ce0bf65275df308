/**
 * Real noise, recorded: `tests/data/compare-noise.json` holds what the suite `compare` measured again and again on a machine that did
 * nothing else, by pairs of processes of one revision. Resampled, it shows what the gate makes of a revision that is compared with itself.
 *
 * @module
 */

import { PAIRS_PER_PROCESS } from "../../../bench/compare/pair_maker.ts";
import type { Series } from "../../../bench/compare/series.ts";
import { isMetricName } from "../../../lib/measure/metrics.ts";
import type { Random } from "../../../lib/world/world.ts";

/** What two processes have measured beside each other, by `SCENARIO METRIC`. */
type Processes = Readonly<
  Record<string, { readonly base: readonly number[]; readonly head: readonly number[] }>
>;

const RECORDED: readonly Processes[] = JSON.parse(
  Deno.readTextFileSync(new URL("../../data/compare-noise.json", import.meta.url)),
).processes;

/**
 * Pairs of a revision with itself: all that two processes have measured, from anywhere in the recording, since what one process happens to get
 * is in each of its turns. Either of the two may be the base. Each turn keeps all of its figures, since they hang together.
 */
export function resamplePairs(pairs: number, random: Random): Series[] {
  const drawn = Array.from({ length: Math.ceil(pairs / PAIRS_PER_PROCESS) }, () => ({
    processes: RECORDED[random.integer(RECORDED.length)]!,
    isSwapped: random.integer(2) === 1,
  }));
  return Object.keys(RECORDED[0]!).map((name): Series => {
    const [scenario = "", metric = ""] = name.split(" ");
    if (!isMetricName(metric)) throw new TypeError(`the recording has a metric ${metric}`);
    const sideOf = (isBase: boolean) =>
      drawn.flatMap(({ processes, isSwapped }) =>
        processes[name]![isBase === isSwapped ? "head" : "base"]
      ).slice(0, pairs);
    return { scenario, arm: {}, metric, base: sideOf(true), head: sideOf(false) };
  });
}
