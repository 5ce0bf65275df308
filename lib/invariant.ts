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
 * @throws {InvariantError} when it does not; `message` says what was expected and what was found.
 */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

/** Ends a `switch` over a union: a variant that was forgotten breaks the build here. */
export function unreachable(value: never): never {
  throw new InvariantError(`Unreachable: ${JSON.stringify(value)}`);
}
