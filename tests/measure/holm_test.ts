import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { adjustByHolm } from "../../lib/measure/holm.ts";
import { SeededRandom } from "../../lib/world/seeded_random.ts";

const pValues = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1 });

Deno.test("adjustByHolm() agrees with R's p.adjust", () => {
  const adjusted = adjustByHolm([0.01, 0.02, 0.03, 0.04, 0.05]).map((p) => Number(p.toFixed(12)));
  assertEquals(adjusted, [0.05, 0.08, 0.09, 0.09, 0.09]);
});

Deno.test("adjustByHolm() lies between each p and Bonferroni's, in the same order", () => {
  fc.assert(fc.property(pValues, (values) => {
    const adjusted = adjustByHolm(values);
    for (const [index, p] of values.entries()) {
      assert(adjusted[index]! >= p && adjusted[index]! <= Math.min(1, p * values.length));
      for (const [other, q] of values.entries()) {
        if (p < q) assert(adjusted[index]! <= adjusted[other]!);
      }
    }
  }));
});

Deno.test("adjustByHolm() makes a false alarm in no more than the asked share of trials", () => {
  const random = new SeededRandom(5);
  let alarms = 0;
  for (let trial = 0; trial < 5000; trial++) {
    const trueOnes = [1e-9, 1e-9];
    const nothing = Array.from({ length: 20 }, () => random.fraction());
    const adjusted = adjustByHolm([...trueOnes, ...nothing]);
    if (adjusted.slice(trueOnes.length).some((p) => p <= 0.05)) alarms++;
  }
  assert(alarms / 5000 < 0.06, `${alarms} alarms`);
});
