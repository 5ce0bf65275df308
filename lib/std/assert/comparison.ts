/**
 * Assertions on the order of two values: numbers, bigints, strings, dates.
 *
 * @module
 */

import { refuse } from "./assertion_error.ts";
import { show } from "./difference.ts";

/**
 * Asserts `actual > expected`.
 *
 * @throws {AssertionError} when it does not hold.
 */
export function assertGreater<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual > expected)) refuse(`Expected ${show(actual)} > ${show(expected)}`, msg);
}

/**
 * Asserts `actual >= expected`.
 *
 * @throws {AssertionError} when it does not hold.
 */
export function assertGreaterOrEqual<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual >= expected)) refuse(`Expected ${show(actual)} >= ${show(expected)}`, msg);
}

/**
 * Asserts `actual < expected`.
 *
 * @throws {AssertionError} when it does not hold.
 */
export function assertLess<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual < expected)) refuse(`Expected ${show(actual)} < ${show(expected)}`, msg);
}

/**
 * Asserts `actual <= expected`.
 *
 * @throws {AssertionError} when it does not hold.
 */
export function assertLessOrEqual<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual <= expected)) refuse(`Expected ${show(actual)} <= ${show(expected)}`, msg);
}

/**
 * Asserts that two numbers are at most `tolerance` apart.
 *
 * @param tolerance By default 1e-7 of `expected`, or 1e-7 where `expected` is 0.
 * @throws {AssertionError} when they are further apart, or one is not a number.
 */
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance?: number,
  msg?: string,
): void {
  if (Object.is(actual, expected)) return;
  const limit = tolerance ?? (expected === 0 ? 1e-7 : Math.abs(expected) * 1e-7);
  if (Math.abs(actual - expected) <= limit) return;
  refuse(`Expected ${actual} to be within ${limit} of ${expected}`, msg);
}
