import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { InvariantError } from "../../lib/invariant.ts";
import { median, summarizeRuns } from "../../lib/measure/statistics.ts";

/** Eighths, whose halves are exact: halfway between two doubles that are next to each other there is none. */
const values = fc.array(fc.integer().map((eighths) => eighths / 8), { minLength: 1 });

Deno.test("median() has as many values below as above", () => {
  fc.assert(fc.property(values, (runs) => {
    const middle = median(runs);
    const below = runs.filter((run) => run < middle).length;
    const above = runs.filter((run) => run > middle).length;
    return below <= runs.length / 2 && above <= runs.length / 2;
  }));
});

Deno.test("median() does not depend on the order of the runs and leaves it alone", () => {
  const runs = [5, 1, 4, 2, 3];
  assertEquals(median(runs), 3);
  assertEquals(median(runs.toReversed()), 3);
  assertEquals(runs, [5, 1, 4, 2, 3]);
});

Deno.test("summarizeRuns() keeps the extremes beside the median", () => {
  assertEquals(summarizeRuns([10, 2, 4]), { runs: 3, median: 4, min: 2, max: 10 });
});

Deno.test("median() refuses no values and values that are no numbers", () => {
  assertThrows(() => median([]), InvariantError);
  assertThrows(() => median([1, NaN, 2]), InvariantError);
});
