/**
 * Assertions on whether two values are the same.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import { refuse } from "./assertion_error.ts";
import { difference, show } from "./difference.ts";

/**
 * Asserts that `actual` and `expected` are deeply equal: the same type, prototype, keys and elements.
 *
 * @throws {AssertionError} with the difference, when they are not.
 */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  if (isDeepStrictEqual(actual, expected)) return;
  refuse("Values are not equal", msg, difference(actual, expected));
}

/**
 * Asserts that `actual` and `expected` are not deeply equal.
 *
 * @throws {AssertionError} with the value, when they are.
 */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  if (!isDeepStrictEqual(actual, expected)) return;
  refuse("Expected values to differ", msg, `both are ${show(actual)}`);
}

/**
 * Asserts that `actual` and `expected` are the very same value, as `Object.is` has it.
 *
 * @throws {AssertionError} with the difference, when they are not.
 */
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  msg?: string,
): asserts actual is T {
  if (Object.is(actual, expected)) return;
  if (isDeepStrictEqual(actual, expected)) {
    refuse(
      "Values have the same structure but are not the same object",
      msg,
      `both read ${show(actual)}`,
    );
  }
  refuse("Values are not strictly equal", msg, difference(actual, expected));
}
