/**
 * A stand-in for `@std/assert` with what Faultline calls of it, over `node:assert` and `node:util`. It differs from the real
 * package in one thing that its documentation leaves open: deep equality tells 0 and -0 apart.
 *
 * @module
 */

export { AssertionError } from "./assertion_error.ts";
export {
  assertAlmostEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertLess,
  assertLessOrEqual,
} from "./comparison.ts";
export {
  assert,
  assertArrayIncludes,
  assertExists,
  assertInstanceOf,
  assertMatch,
  assertStringIncludes,
  fail,
} from "./contents.ts";
export { assertEquals, assertNotEquals, assertStrictEquals } from "./equality.ts";
export { assertRejects, assertThrows } from "./failure.ts";
