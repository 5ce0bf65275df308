/**
 * What the user got wrong on the command line of `bench`.
 *
 * @module
 */

import { optionReaders } from "../lib/report/option_readers.ts";

/** A command line that cannot be carried out. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export const { wrong, refuseUnknown, refuseEmpty, readChoice, readInteger } = optionReaders(
  "run the bench",
  UsageError,
);
