/**
 * What differs between two values, for a person to read. The hard thing in it is size: node:assert's line diff of two arrays of a
 * million bytes takes seconds and says little, so long arrays are summed up by their first difference.
 *
 * @module
 */

import { deepStrictEqual } from "node:assert";
import { inspect, isDeepStrictEqual } from "node:util";

/** Arrays that are longer than this are not shown whole. */
const ELEMENTS_SHOWN_MAX = 256;
/** Elements shown on each side of the first difference of a long array. */
const CONTEXT = 8;
/** Lines of a diff beyond which it is cut. */
const LINES_MAX = 200;

/** The difference of two values that are not deeply equal: `+` lines are actual, `-` lines expected. */
export function difference(actual: unknown, expected: unknown): string {
  if (isLongArray(actual) && isLongArray(expected)) return firstDifference(actual, expected);
  try {
    deepStrictEqual(actual, expected);
  } catch (error) {
    // The first line is node's own sentence for "not equal"; the assertion has said so already.
    const lines = (error instanceof Error ? error.message : String(error)).split("\n").slice(1);
    const cut = lines.length - LINES_MAX;
    return cut > 0
      ? `${lines.slice(0, LINES_MAX).join("\n")}\n... ${cut} more lines`
      : lines.join("\n");
  }
  return `both sides read ${show(actual)}`;
}

/** A value on one or a few lines. */
export function show(value: unknown): string {
  return inspect(value, { depth: 6, sorted: true });
}

function isLongArray(value: unknown): value is ArrayLike<unknown> {
  if (!Array.isArray(value) && !ArrayBuffer.isView(value)) return false;
  return !(value instanceof DataView) && (value as ArrayLike<unknown>).length > ELEMENTS_SHOWN_MAX;
}

function firstDifference(actual: ArrayLike<unknown>, expected: ArrayLike<unknown>): string {
  const shorter = Math.min(actual.length, expected.length);
  let first = 0;
  while (first < shorter && isDeepStrictEqual(actual[first], expected[first])) first++;
  let count = Math.abs(actual.length - expected.length);
  for (let i = first; i < shorter; i++) {
    if (!isDeepStrictEqual(actual[i], expected[i])) count++;
  }
  return [
    `  ${count} elements differ, the first at index ${first}`,
    `+ actual   ${excerpt(actual, first)}`,
    `- expected ${excerpt(expected, first)}`,
  ].join("\n");
}

function excerpt(array: ArrayLike<unknown>, around: number): string {
  const from = Math.max(0, around - CONTEXT);
  const elements = Array.prototype.slice.call(array, from, around + CONTEXT).map(show);
  return `${array.constructor.name}(${array.length}) from index ${from}: ${elements.join(" ")}`;
}
