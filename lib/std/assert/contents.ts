/**
 * Assertions on what a value is or holds.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import { AssertionError, refuse } from "./assertion_error.ts";
import { show } from "./difference.ts";

// deno-lint-ignore no-explicit-any -- any class is meant, whatever its constructor takes
type AnyConstructor = abstract new (...args: any[]) => any;

/**
 * Asserts that `expr` is truthy.
 *
 * @throws {AssertionError} with `msg` as its message, when it is not.
 */
export function assert(expr: unknown, msg = ""): asserts expr {
  if (!expr) throw new AssertionError(msg);
}

/**
 * Fails.
 *
 * @throws {AssertionError} always.
 */
export function fail(msg?: string): never {
  refuse("Failed assertion", msg);
}

/**
 * Asserts that `actual` is neither `null` nor `undefined`.
 *
 * @throws {AssertionError} when it is one of them.
 */
export function assertExists<T>(actual: T, msg?: string): asserts actual is NonNullable<T> {
  if (actual === undefined || actual === null) {
    refuse(`Expected a value that is neither null nor undefined, received ${actual}`, msg);
  }
}

/**
 * Asserts that the text `actual` contains `expected`.
 *
 * @throws {AssertionError} with both texts, when it does not.
 */
export function assertStringIncludes(actual: string, expected: string, msg?: string): void {
  if (!actual.includes(expected)) {
    refuse(`Expected text to contain ${show(expected)}`, msg, actual);
  }
}

/**
 * Asserts that the text `actual` matches `expected`.
 *
 * @throws {AssertionError} with text and pattern, when it does not.
 */
export function assertMatch(actual: string, expected: RegExp, msg?: string): void {
  // search() ignores lastIndex, which a global or sticky pattern would carry from one call to the next.
  if (actual.search(expected) === -1) refuse(`Expected text to match ${expected}`, msg, actual);
}

/**
 * Asserts that every element of `expected` is deeply equal to some element of `actual`.
 *
 * @throws {AssertionError} with the missing elements.
 */
export function assertArrayIncludes<T>(
  actual: ArrayLike<T>,
  expected: ArrayLike<T>,
  msg?: string,
): void {
  const present = Array.from(actual);
  const missing = Array.from(expected).filter((wanted) =>
    !present.some((element) => isDeepStrictEqual(element, wanted))
  );
  if (missing.length === 0) return;
  refuse(
    "Expected array to include more",
    msg,
    `array: ${show(actual)}\nmissing: ${show(missing)}`,
  );
}

/**
 * Asserts that `actual` is an instance of `expectedType`.
 *
 * @throws {AssertionError} naming both types, when it is not.
 */
export function assertInstanceOf<T extends AnyConstructor>(
  actual: unknown,
  expectedType: T,
  msg?: string,
): asserts actual is InstanceType<T> {
  if (actual instanceof expectedType) return;
  refuse(`Expected an instance of ${expectedType.name}, received ${show(actual)}`, msg);
}
