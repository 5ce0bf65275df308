/**
 * A stand-in for `@std/testing/mock` with what Faultline calls of it, over the mocks of `node:test`. Nothing here replaces a method of
 * somebody else's object: code that is to be tested takes what it calls as an argument.
 *
 * @module
 */

import { mock } from "node:test";
import { AssertionError } from "@std/assert";

/** One call of a spy. It has either `returned` or `error`. */
export interface SpyCall<Arguments extends unknown[] = unknown[], Return = unknown> {
  args: Arguments;
  returned?: Return;
  error?: Error;
}

/** A function that records its calls. */
export interface Spy<Arguments extends unknown[] = unknown[], Return = unknown> {
  (...args: Arguments): Return;
  /** The calls so far, in their order. */
  readonly calls: SpyCall<Arguments, Return>[];
}

/** A function that records its calls and does nothing. */
export function spy(): Spy<unknown[], undefined>;
/**
 * A function that records its calls and does what `func` does.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const double = spy((n: number) => 2 * n);
 * assertEquals(double(3), 6);
 * assertEquals(double.calls, [{ args: [3], returned: 6 }]);
 * ```
 */
export function spy<Arguments extends unknown[], Return>(
  func: (...args: Arguments) => Return,
): Spy<Arguments, Return>;
export function spy(func: (...args: unknown[]) => unknown = () => undefined): Spy {
  const mocked = mock.fn(func);
  const readCalls = () => mocked.mock.calls.map(toSpyCall);
  return Object.defineProperty(mocked as unknown as Spy, "calls", { get: readCalls });
}

/**
 * Asserts how often a spy was called.
 *
 * @throws {AssertionError} with the calls, when it was called more or less often.
 */
export function assertSpyCalls<Arguments extends unknown[], Return>(
  spy: Spy<Arguments, Return>,
  expectedCalls: number,
): void {
  const { calls } = spy;
  if (calls.length === expectedCalls) return;
  const list = calls.map((call) => `\n  ${Deno.inspect(call.args)}`).join("");
  throw new AssertionError(`Expected ${expectedCalls} spy calls, received ${calls.length}:${list}`);
}

/** node's record of a call, as far as it is used here. */
interface NodeCall {
  readonly arguments: unknown[];
  readonly result: unknown;
  readonly error: unknown;
}

function toSpyCall({ arguments: args, result, error }: NodeCall): SpyCall {
  return error instanceof Error ? { args, error } : { args, returned: result };
}
