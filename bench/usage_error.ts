/**
 * What the user got wrong on the command line.
 *
 * @module
 */

/** A command line that cannot be carried out. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The error for a value that is not what its option needs. */
export function wrong(option: string, expected: string, received: string): UsageError {
  return new UsageError(
    `Cannot run the bench: ${option} expected ${expected}, received ${received}`,
  );
}
