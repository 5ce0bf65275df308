/**
 * What the gate is worth: how seldom it sees what is not there, in recorded real noise, and how often what is.
 *
 * @module
 */

import { assert } from "@std/assert";
import { FALSE_ALARM, looksFrom } from "../../../bench/compare/looks.ts";
import type { Series } from "../../../bench/compare/series.ts";
import { SeededRandom } from "../../../lib/world/seeded_random.ts";
import { normal } from "../../measure/normal.ts";
import { alarmsOf } from "./alarm.ts";
import { resamplePairs } from "./noise.ts";

const GATES = 3000;
/** At most one gate in a thousand. */
const PROMISED = 0.001;
/** After 20, 30 and 46 pairs: as many as a comparison makes in five minutes. */
const LOOKS = [...looksFrom(20)].slice(0, 3);
/** What gets slower. */
const METRIC = "page-request.latency-p10-us";
const PAIRS = LOOKS.at(-1)!.pairs;

Deno.test("the levels of all looks together are no more than what is promised", () => {
  assert([...looksFrom(20)].reduce((total, { level }) => total + level, 0) <= FALSE_ALARM);
});

Deno.test("at most one gate in a thousand alarms where nothing changed", () => {
  const random = new SeededRandom(1);
  let alarms = 0;
  for (let gate = 0; gate < GATES; gate++) {
    if (alarmsOf(resamplePairs(PAIRS, random), LOOKS).length > 0) alarms++;
  }
  assert(alarms / GATES <= PROMISED, `${alarms} alarms in ${GATES} gates`);
});

Deno.test("page requests of the recording that take a fifth longer are found, and named", () => {
  const random = new SeededRandom(2);
  let found = 0;
  for (let gate = 0; gate < 100; gate++) {
    const series = resamplePairs(PAIRS, random).map((one) =>
      one.metric === METRIC ? slower(one, 1.2) : one
    );
    const alarms = alarmsOf(series, LOOKS);
    if (alarms.length > 0 && alarms.every((name) => name === METRIC)) found++;
  }
  assert(found >= 95, `found in ${found} of 100`);
});

Deno.test("a figure with 3 % of noise that got 10 % slower is found by 20 pairs, in 95 of 100 comparisons", () => {
  const random = new SeededRandom(7);
  let found = 0;
  for (let trial = 0; trial < 1000; trial++) {
    const steady = resamplePairs(20, random).map((one): Series => ({
      ...one,
      base: one.base.map(() => 100 * Math.exp(0.03 * normal(random))),
      head: one.head.map(() => 100 * Math.exp(0.03 * normal(random))),
    }));
    const series = steady.map((one) => one.metric === METRIC ? slower(one, 1.1) : one);
    if (alarmsOf(series, LOOKS.slice(0, 1)).length > 0) found++;
  }
  assert(found >= 950, `found in ${found} of 1000`);
});

function slower(series: Series, factor: number): Series {
  return { ...series, head: series.head.map((value) => value * factor) };
}
