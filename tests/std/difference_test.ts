import { assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import { difference } from "../../lib/std/assert/difference.ts";

Deno.test("difference() marks actual lines with + and expected lines with -", () => {
  const text = difference({ a: 1, b: [1, 2] }, { a: 1, b: [1, 3] });
  assertStringIncludes(text, "+     2");
  assertStringIncludes(text, "-     3");
});

Deno.test("difference() sums up long arrays by their first difference", () => {
  const actual = new Uint8Array(1 << 20);
  const expected = new Uint8Array(1 << 20);
  actual[70_000] = 7;
  actual[90_000] = 9;
  const [count, plus, minus] = difference(actual, expected).split("\n");
  assertEquals(count, "  2 elements differ, the first at index 70000");
  assertEquals(
    plus,
    "+ actual   Uint8Array(1048576) from index 69992: 0 0 0 0 0 0 0 0 7 0 0 0 0 0 0 0",
  );
  assertEquals(
    minus,
    "- expected Uint8Array(1048576) from index 69992: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0",
  );
});

Deno.test("difference() counts the elements that a shorter array lacks", () => {
  const text = difference(new Uint8Array(300), new Uint8Array(310));
  assertStringIncludes(text, "10 elements differ, the first at index 300");
});

Deno.test("difference() compares the elements of long arrays deeply", () => {
  const actual = Array.from({ length: 1000 }, (_, page) => ({ page }));
  const expected = actual.map(({ page }) => ({ page: page === 500 ? -1 : page }));
  const text = difference(actual, expected);
  assertStringIncludes(text, "1 elements differ, the first at index 500");
  assertStringIncludes(text, "{ page: -1 }");
});

Deno.test("difference() cuts a diff of many lines", () => {
  const ascending = Array.from({ length: 250 }, (_, i) => i);
  const text = difference(ascending, ascending.map((n) => n + (n % 7)));
  assertLess(text.split("\n").length, 250);
  assertStringIncludes(text, "more lines");
});
