import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { didYouMean, nearest } from "../../lib/report/nearest.ts";

Deno.test("nearest() finds a word with a letter inserted, removed or replaced", () => {
  const known = ["source", "destination", "preempt"];
  assertEquals(nearest("sorce", known), "source");
  assertEquals(nearest("destinnation", known), "destination");
  assertEquals(nearest("preempf", known), "preempt");
  assertEquals(nearest("Source", known), "source");
});

Deno.test("nearest() takes a word that is the begin of one for that one", () => {
  assertEquals(nearest("downtime", ["total-time-ms", "downtime-ms"]), "downtime-ms");
  assertEquals(nearest("do", ["downtime-ms"]), null);
});

Deno.test("nearest() answers null where every word is another one", () => {
  assertEquals(nearest("x", ["source"]), null);
  assertEquals(nearest("anything", []), null);
});

Deno.test("nearest() takes a known word for itself, whatever else is known", () => {
  const word = fc.stringMatching(/^[a-z]{1,12}$/);
  fc.assert(fc.property(word, fc.array(word), (known, others) => {
    assertEquals(nearest(known, [...others, known]), known);
  }));
});

Deno.test("didYouMean() is the end of a sentence, or nothing", () => {
  assertEquals(didYouMean("man", ["main"]), ` (did you mean "main"?)`);
  assertEquals(didYouMean("x", ["main"]), "");
});
