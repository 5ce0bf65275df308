/**
 * The words in which every command refuses what is wrong with an option, and the checks that commands share.
 *
 * @module
 */

import { didYouMean } from "./nearest.ts";

/** The readers of one command. Each throws that command's error, with a sentence. */
export interface OptionReaders {
  /** The error for a value that is not what its option needs. @param option `null`: the command line as a whole. */
  wrong(option: string | null, expected: string, received: string): Error;
  /** Refuses an argument that is no option of the command's. @param options without their dashes. */
  refuseUnknown(argument: string | undefined, options: readonly string[]): void;
  /** Refuses options that were given without a value. */
  refuseEmpty(values: Readonly<Record<string, unknown>>): void;
  /** One of some words. */
  readChoice<T extends string>(option: string, text: string, choices: readonly T[]): T;
  /** An integer in decimal digits, from `least` to `most`. */
  readInteger(option: string, text: string, least: number, most: number): number;
}

/**
 * Makes the readers of a command.
 *
 * @param what it does, as in "Cannot run the bench".
 * @param UsageError What they throw.
 *
 * @example
 * ```ts
 * import { assertEquals, assertThrows } from "@std/assert";
 * const { readInteger } = optionReaders("run the bench", RangeError);
 * assertEquals(readInteger("--runs", "7", 1, 9), 7);
 * const message = 'Cannot run the bench: --runs expected an integer from 1 to 9, received "0"';
 * assertThrows(() => readInteger("--runs", "0", 1, 9), RangeError, message);
 * ```
 */
export function optionReaders(
  what: string,
  UsageError: new (message: string) => Error,
): OptionReaders {
  const wrong: OptionReaders["wrong"] = (option, expected, received) => {
    const where = option === null ? "" : `${option} `;
    return new UsageError(`Cannot ${what}: ${where}expected ${expected}, received ${received}`);
  };
  return {
    wrong,
    refuseUnknown(argument, options) {
      if (argument === undefined) return;
      const name = argument.replace(/=.*/, "");
      const known = options.map((option) => `--${option}`);
      throw wrong(null, "a known option", `"${name}"${didYouMean(name, known)}`);
    },
    refuseEmpty(values) {
      for (const [option, value] of Object.entries(values)) {
        if (value === "") throw wrong(`--${option}`, "a value", "nothing");
      }
    },
    readChoice(option, text, choices) {
      const choice = choices.find((one) => one === text);
      if (choice !== undefined) return choice;
      throw wrong(option, `one of ${choices.join(", ")}`, `"${text}"${didYouMean(text, choices)}`);
    },
    readInteger(option, text, least, most) {
      const value = /^\d+$/.test(text) ? Number(text) : NaN;
      if (value >= least && value <= most) return value;
      throw wrong(option, `an integer from ${least} to ${most}`, `"${text}"`);
    },
  };
}
