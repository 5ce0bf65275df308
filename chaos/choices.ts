/**
 * The choices of a schedule as text: small enough for a repro file, the same on every machine.
 *
 * Nearly all choices are small and many are 0, so a choice is a byte, more where it is 127 or above, then all are compressed.
 *
 * @module
 */

import { deflateRawSync, inflateRawSync } from "node:zlib";

/** Text that holds no choices. */
export class ChoicesError extends Error {
  override readonly name = "ChoicesError";
}

/** More than any run makes, and less than a hostile text could ask for. */
const CHOICES_MAX = 10_000_000;

/** Writes choices, without the zeros at the end: behind the end every choice is 0. */
export function encodeChoices(choices: readonly number[]): string {
  const bytes: number[] = [];
  const end = choices.findLastIndex((choice) => choice !== 0) + 1;
  for (const choice of choices.slice(0, end)) {
    let rest = choice;
    while (rest >= 0x80) {
      bytes.push((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    bytes.push(rest);
  }
  return deflateRawSync(Uint8Array.from(bytes), { level: 9 }).toString("base64");
}

/**
 * Reads them.
 *
 * @throws {ChoicesError} when the text was not written by `encodeChoices`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(decodeChoices(encodeChoices([0, 3, 200, 0, 0])), [0, 3, 200]);
 * ```
 */
export function decodeChoices(text: string): number[] {
  const choices: number[] = [];
  let choice = 0;
  let shift = 0;
  for (const byte of inflate(text)) {
    choice |= (byte & 0x7f) << shift;
    shift += 7;
    if (byte >= 0x80 && shift < 28) continue;
    choices.push(choice);
    choice = shift = 0;
  }
  if (shift !== 0) {
    throw new ChoicesError("Cannot read choices: expected a last one, received half of it");
  }
  return choices;
}

function inflate(text: string): Uint8Array {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    throw new ChoicesError("Cannot read choices: expected base64, received other characters");
  }
  try {
    return inflateRawSync(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)), {
      maxOutputLength: CHOICES_MAX,
    });
  } catch (error) {
    throw new ChoicesError(
      `Cannot read choices: expected compressed bytes, received others (${error})`,
    );
  }
}
