/**
 * What the gate is worth: how seldom it sees what is not there, in recorded real noise, and how often what is.
 *
 * @module
 */

import { assert } from "@std/assert";
import { StatisticalGate } from "../../../bench/compare/gate.ts";
import { FALSE_ALARM, looksFrom } from "../../../bench/compare/looks.ts";
import type { Series } from "../../../bench/compare/series.ts";
import { SeededRandom } from "../../../lib/world/seeded_random.ts";
import { normal } from "../../measure/normal.ts";
import { alarmsOf, firstPairs } from "./alarm.ts";
import { resamplePairs } from "./noise.ts";

const GATES = 3000;
/** At most one gate in a thousand. */
const PROMISED = 0.001;
/** Up to 102 pairs, behind which a comparison of a revision with itself is settled as a rule. */
const LOOKS = looksFrom(20).slice(0, 7);
/** What gets slower. */
const METRIC = "page-request.latency-p10-us";
const PAIRS = LOOKS.at(-1)!.pairs;

Deno.test("the levels of all looks together are no more than what is promised", () => {
  for (const first of [6, 20, 400]) {
    const total = looksFrom(first).reduce((sum, { level }) => sum + level, 0);
    assert(total <= FALSE_ALARM * 1.000001, `${total} in the looks from ${first}`);
  }
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

Deno.test("what did not change is settled as such, in most comparisons within 102 pairs", () => {
  const random = new SeededRandom(3);
  const settled = Array.from({ length: 10 }, () => {
    const gate = new StatisticalGate({ verdict: "regression", share: 0.05 }, () => null);
    const series = resamplePairs(PAIRS, random);
    return LOOKS.some(({ pairs, level }) => {
      const figures = gate.look(series.map((one) => firstPairs(one, pairs)), level);
      return figures.every(({ verdict }) => verdict === "no change");
    });
  });
  assert(settled.filter(Boolean).length >= 8, `${settled.filter(Boolean).length} of 10`);
});

/** A metric with little noise, which has a small limit. */
const STEADY = "process.peak-rss-mib";

Deno.test("a figure with 3 % of noise that got 10 % slower is found by 20 pairs, in 95 of 100 comparisons", () => {
  const random = new SeededRandom(7);
  let found = 0;
  for (let trial = 0; trial < 1000; trial++) {
    const steady = resamplePairs(20, random).map((one, index): Series => ({
      ...one,
      metric: index === 0 ? STEADY : one.metric,
      base: one.base.map(() => 100 * Math.exp(0.03 * normal(random))),
      head: one.head.map(() => 100 * Math.exp(0.03 * normal(random))),
    }));
    const series = steady.map((one) => one.metric === STEADY ? slower(one, 1.1) : one);
    if (alarmsOf(series, LOOKS.slice(0, 1)).includes(STEADY)) found++;
  }
  assert(found >= 950, `found in ${found} of 1000`);
});

function slower(series: Series, factor: number): Series {
  return { ...series, head: series.head.map((value) => value * factor) };
}
