/**
 * Reads a time of a scenario.
 *
 * @module
 */

import { expectedOf, parseQuantity } from "../lib/netem/units.ts";
import { FieldError, type FieldReader } from "./field_reader.ts";

/** Microseconds. @throws {ScenarioError} when the text is no time. */
export function readTime(text: string, reader: FieldReader): number {
  return reader.read(() => {
    const us = parseQuantity("time", text);
    if (us !== null) return us;
    throw new FieldError(`expected ${expectedOf("time")}, received ${JSON.stringify(text)}`);
  });
}
