import { assertEquals, AssertionError, assertThrows } from "@std/assert";
import { assertSpyCalls, spy } from "@std/testing/mock";

Deno.test("spy() records the calls of a function that goes on working", () => {
  const double = spy((n: number) => n * 2);
  assertEquals([double(1), double(2)], [2, 4]);
  assertEquals(double.calls.map(({ args, returned }) => [args, returned]), [[[1], 2], [[2], 4]]);
});

Deno.test("spy() without a function returns undefined", () => {
  const nothing = spy();
  assertEquals(nothing("any", 1), undefined);
  assertEquals(nothing.calls[0]?.args, ["any", 1]);
});

Deno.test("spy() records what a function threw", () => {
  const broken = spy(() => {
    throw new RangeError("broken");
  });
  assertThrows(() => broken(), RangeError);
  assertEquals(broken.calls[0]?.error?.message, "broken");
});

Deno.test("assertSpyCalls() throws unless the spy was called that often", () => {
  const double = spy((n: number) => n * 2);
  assertSpyCalls(double, 0);
  double(1);
  assertSpyCalls(double, 1);
  assertThrows(() => assertSpyCalls(double, 2), AssertionError);
});
