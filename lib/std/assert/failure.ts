/**
 * Assertions on how a function fails: by throwing, or by a promise that rejects.
 *
 * @module
 */

import { refuse } from "./assertion_error.ts";
import { show } from "./difference.ts";

// deno-lint-ignore no-explicit-any -- any error class is meant, whatever its constructor takes
type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;

/** What is asked of the error; the class is absent where only a failure is asked for. */
interface Wanted<E extends Error> {
  readonly errorClass: ErrorClass<E> | undefined;
  readonly includes: string | undefined;
  readonly msg: string | undefined;
}

/**
 * Asserts that `fn` throws, and returns what it threw.
 *
 * @throws {AssertionError} when it returns.
 */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
/**
 * Asserts that `fn` throws an error of a class, and returns the error.
 *
 * @param msgIncludes Text that the error's message must contain.
 * @throws {AssertionError} when it returns, or throws anything else.
 */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  ErrorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows<E extends Error>(
  fn: () => unknown,
  classOrMsg?: ErrorClass<E> | string,
  msgIncludes?: string,
  msg?: string,
): unknown {
  const wanted = readWanted(classOrMsg, msgIncludes, msg);
  try {
    fn();
  } catch (error) {
    return checkError(error, wanted);
  }
  refuse("Expected function to throw", wanted.msg);
}

/**
 * Asserts that the promise which `fn` returns rejects, and resolves to what it rejected with.
 *
 * @throws {AssertionError} when it resolves, or `fn` itself throws.
 */
export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
/**
 * Asserts that the promise which `fn` returns rejects with an error of a class, and resolves to the error.
 *
 * @param msgIncludes Text that the error's message must contain.
 * @throws {AssertionError} when it resolves or rejects with anything else, or `fn` itself throws.
 */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects<E extends Error>(
  fn: () => PromiseLike<unknown>,
  classOrMsg?: ErrorClass<E> | string,
  msgIncludes?: string,
  msg?: string,
): Promise<unknown> {
  const wanted = readWanted(classOrMsg, msgIncludes, msg);
  let promise: PromiseLike<unknown>;
  try {
    promise = fn();
  } catch (error) {
    refuse("Expected a promise that rejects, but the function threw", wanted.msg, show(error));
  }
  try {
    await promise;
  } catch (error) {
    return checkError(error, wanted);
  }
  refuse("Expected function to reject", wanted.msg);
}

function readWanted<E extends Error>(
  classOrMsg: ErrorClass<E> | string | undefined,
  includes: string | undefined,
  msg: string | undefined,
): Wanted<E> {
  if (typeof classOrMsg === "function") return { errorClass: classOrMsg, includes, msg };
  return { errorClass: undefined, includes: undefined, msg: classOrMsg };
}

function checkError<E extends Error>(error: unknown, wanted: Wanted<E>): unknown {
  const { errorClass, includes, msg } = wanted;
  if (errorClass === undefined) return error;
  if (!(error instanceof errorClass)) {
    refuse(`Expected an error of class ${errorClass.name}`, msg, `received ${show(error)}`);
  }
  if (includes !== undefined && !error.message.includes(includes)) {
    refuse(`Expected error message to include ${show(includes)}`, msg, `received ${show(error)}`);
  }
  return error;
}
