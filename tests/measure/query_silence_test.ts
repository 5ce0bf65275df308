import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { measureQueries, type ProbedQuery } from "../../lib/measure/query_silence.ts";

/** Queries every 5 ms to a server that answers in order, each no earlier than `readyUs` says. */
function queries(readyUs: readonly number[]): ProbedQuery[] {
  let heardUs = 0;
  return readyUs.map((us, index) => {
    const intendedUs = index * 5000;
    heardUs = Math.max(heardUs, intendedUs + us);
    return { intendedUs, sentUs: intendedUs, answeredUs: heardUs };
  });
}

Deno.test("measureQueries() finds the longest time in which no answer came although one was due", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(40_000), { minLength: 1, maxLength: 60 }), (readyUs) => {
      const probed = queries(readyUs);
      const answers = probed.map((query) => query.answeredUs!);
      const endUs = answers.at(-1)! + 1;
      let longest = 0;
      let silent = 0;
      for (let us = 0; us < endUs; us += 5) {
        const outstanding = probed.some((query) =>
          query.intendedUs <= us && us < query.answeredUs!
        );
        const answered = answers.some((answeredUs) => us <= answeredUs && answeredUs < us + 5);
        silent = !outstanding || answered ? 0 : silent + 5;
        longest = Math.max(longest, silent);
      }
      const { longestSilenceUs } = measureQueries(probed, endUs);
      assert(
        Math.abs(longestSilenceUs - longest) <= 10,
        `${longestSilenceUs} instead of ${longest}`,
      );
    }),
    { numRuns: 30 },
  );
});

Deno.test("measureQueries() takes a query without an answer for one that has waited until the end", () => {
  const figures = measureQueries([
    { intendedUs: 0, sentUs: 10, answeredUs: 400 },
    { intendedUs: 5000, sentUs: 5020, answeredUs: null },
  ], 905_000);
  assertEquals(figures.longestSilenceUs, 899_980);
  assertEquals(figures.roundTrip?.maxUs, 900_000);
  assertEquals(figures.sendLateness?.maxUs, 20);
});

Deno.test("measureQueries() begins a new silence with every answer", () => {
  const figures = measureQueries([
    { intendedUs: 0, sentUs: 0, answeredUs: 30_000 },
    { intendedUs: 5000, sentUs: 5000, answeredUs: 62_000 },
    { intendedUs: 90_000, sentUs: 90_000, answeredUs: 91_000 },
  ], 100_000);
  assertEquals(figures.longestSilenceUs, 32_000);
  assertEquals(figures.roundTrip?.maxUs, 57_000);
});

Deno.test("measureQueries() has no round trips where no query fell due", () => {
  const none = { roundTrip: null, longestSilenceUs: 0, silences: [], sendLateness: null };
  assertEquals(measureQueries([], 1000), none);
});
