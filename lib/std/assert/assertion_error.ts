/**
 * The error of every assertion, and how its message is put together.
 *
 * @module
 */

/** What an assertion that does not hold throws. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

/**
 * Throws an AssertionError: what did not hold, the caller's own words if there are any, then the values.
 *
 * @throws {AssertionError} always.
 */
export function refuse(what: string, msg: string | undefined, values = ""): never {
  const head = msg === undefined || msg === "" ? `${what}.` : `${what}: ${msg}`;
  throw new AssertionError(values === "" ? head : `${head}\n${values}`);
}
