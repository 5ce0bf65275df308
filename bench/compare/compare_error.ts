/**
 * What a user of `compare` got wrong.
 *
 * @module
 */

/** A comparison that cannot be made: arguments, revisions or files. */
export class CompareError extends Error {
  override readonly name = "CompareError";
}
