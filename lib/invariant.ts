/**
 * Assertions for what only a bug in Faultline can cause. They stay on in production, and nothing catches them: `main.ts` turns an
 * InvariantError into exit code 70. What a network, a peer or a user can cause is never an invariant.
 *
 * @module
 */

/** A bug in Faultline. */
export class InvariantError extends Error {
  override readonly name = "InvariantError";
}

/**
 * States what must hold here.
 *
 * @param message what was expected and what was found; a function where it is checked so often that writing the text would cost
 * @throws {InvariantError} when it does not hold.
 */
export function invariant(
  condition: boolean,
  message: string | (() => string),
): asserts condition {
  if (!condition) throw new InvariantError(typeof message === "string" ? message : message());
}

/** Ends a `switch` over a union: a variant that was forgotten breaks the build here. */
export function unreachable(value: never): never {
  throw new InvariantError(`Unreachable: ${JSON.stringify(value)}`);
}
