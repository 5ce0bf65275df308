import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { criticalSum, signedRankP, smallestVisibleShift } from "../../lib/measure/signed_rank.ts";
import { median } from "../../lib/measure/statistics.ts";

const differences = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 14 });

/** Values that R's wilcox.test and SciPy's wilcoxon give with their exact distributions. */
const KNOWN: readonly (readonly [string, readonly number[], number])[] = [
  [
    "Hollander and Wolfe's depression scales, as in R's help page",
    [0.952, -0.147, 1.022, 0.43, 0.62, 0.59, 0.49, -0.08, 0.01],
    0.0390625,
  ],
  [
    "Darwin's maize, as in SciPy's manual",
    [6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75],
    0.041259765625,
  ],
  ["ties and a zero, by SciPy's exact permutation", [1, 1, 2, -1, 3, 3, -2, 4, 0, 5], 0.0703125],
];

for (const [name, values, p] of KNOWN) {
  Deno.test(`signedRankP() agrees on ${name}`, () => assertEquals(signedRankP(values), p));
}

Deno.test("criticalSum() has the values of the published tables", () => {
  const table = [[10, 0.05], [15, 0.05], [20, 0.05], [20, 0.01], [50, 0.05]] as const;
  assertEquals(table.map(([pairs, level]) => criticalSum(pairs, level)), [8, 25, 52, 37, 434]);
  assertEquals(criticalSum(5, 0.05), null);
  assertEquals(criticalSum(6, 0.05), 0);
});

Deno.test("signedRankP() is the share of all ways to sign the differences that are as one-sided", () => {
  fc.assert(
    fc.property(differences, (values) => {
      const moved = values.filter((value) => value !== 0);
      const sizes = moved.map(Math.abs).toSorted((a, b) => a - b);
      const ranks = moved.map((value) => {
        const size = Math.abs(value);
        return (sizes.indexOf(size) + sizes.lastIndexOf(size)) / 2 + 1;
      });
      const leastOf = (isUp: (index: number) => boolean) => {
        const up = ranks.reduce((sum, rank, index) => isUp(index) ? sum + rank : sum, 0);
        return Math.min(up, ranks.reduce((sum, rank) => sum + rank, 0) - up);
      };
      const seen = leastOf((index) => moved[index]! > 0);
      let asOneSided = 0;
      for (let signs = 0; signs < 2 ** moved.length; signs++) {
        if (leastOf((index) => (signs >> index & 1) === 1) <= seen) asOneSided++;
      }
      // Both sums may be the least at once: the two-sided p then counts that one twice, and is 1.
      assert(
        Math.abs(signedRankP(values) - asOneSided / 2 ** moved.length) < 1e-9 ||
          signedRankP(values) === 1,
      );
    }),
    { numRuns: 50 },
  );
});

Deno.test("signedRankP() does not care for order, scale or direction", () => {
  fc.assert(fc.property(differences, fc.constantFrom(0.5, 2, 1024), (values, scale) => {
    const p = signedRankP(values);
    assertEquals(signedRankP(values.toReversed()), p);
    assertEquals(signedRankP(values.map((value) => value * scale)), p);
    assertEquals(signedRankP(values.map((value) => -value)), p);
    assert(p > 0 && p <= 1);
  }));
});

Deno.test("smallestVisibleShift() is where the test begins to speak", () => {
  const distinct = fc.uniqueArray(fc.integer({ min: -1000, max: 1000 }), {
    minLength: 12,
    maxLength: 30,
  });
  fc.assert(fc.property(distinct, (values) => {
    const level = 0.01;
    const shift = smallestVisibleShift(values, level)!;
    const middle = median(values);
    const pAt = (by: number) =>
      Math.max(...[1, -1].map((way) => signedRankP(values.map((v) => v - middle + way * by))));
    assert(pAt(shift + 0.1) <= level, "a larger shift is seen, up and down");
    if (shift > 0.1) {
      assert(pAt(shift - 0.1) > level, "a smaller one is not, one way or the other");
    }
  }));
});

Deno.test("smallestVisibleShift() knows that few pairs cannot show anything", () => {
  assertEquals(smallestVisibleShift([1, 2, 3], 0.05), null);
});
