import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { coveredUs, type Interval } from "../../lib/measure/intervals.ts";

const interval = fc.tuple(fc.nat(60), fc.nat(60)).map(([a, b]): Interval => [
  Math.min(a, b),
  Math.max(a, b),
]);

Deno.test("coveredUs() counts each covered microsecond once", () => {
  fc.assert(fc.property(interval, fc.array(interval, { maxLength: 8 }), (life, intervals) => {
    let counted = 0;
    for (let us = life[0]; us < life[1]; us++) {
      if (intervals.some(([begin, end]) => begin <= us && us < end)) counted++;
    }
    assertEquals(coveredUs(life, intervals), counted);
  }));
});

Deno.test("coveredUs() takes an interval that never ended for one that covers the rest", () => {
  assertEquals(coveredUs([10, 50], [[30, Infinity]]), 20);
});
