import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { medianInterval } from "../../lib/measure/bootstrap.ts";
import { median } from "../../lib/measure/statistics.ts";
import { SeededRandom } from "../../lib/world/seeded_random.ts";
import { normal } from "./normal.ts";

const values = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 40 });

Deno.test("medianInterval() lies within the values, and the wider the surer", () => {
  fc.assert(
    fc.property(values, (all) => {
      const [narrow, wide] = [0.5, 0.99].map((confidence) =>
        medianInterval(all, confidence, new SeededRandom(1))
      );
      assert(narrow!.low <= narrow!.high);
      assert(wide!.low <= narrow!.low && narrow!.high <= wide!.high);
      assert(Math.min(...all) <= wide!.low && wide!.high <= Math.max(...all));
      assert(wide!.low <= median(all) && median(all) <= wide!.high);
    }),
    { numRuns: 30 },
  );
});

Deno.test("medianInterval() is the same for the same seed", () => {
  const of = (seed: number) => medianInterval([1, 5, 2, 8, 3], 0.95, new SeededRandom(seed));
  assertEquals(of(1), of(1));
});

Deno.test("medianInterval() holds the true median about as often as it says", () => {
  const random = new SeededRandom(3);
  let held = 0;
  for (let trial = 0; trial < 300; trial++) {
    const sample = Array.from({ length: 20 }, () => normal(random));
    const { low, high } = medianInterval(sample, 0.95, random);
    if (low <= 0 && 0 <= high) held++;
  }
  assert(held / 300 > 0.92 && held / 300 < 0.99, `${held} of 300`);
});
