/**
 * Reads JSON that has a schema: a value that fits, or one sentence about the first thing that does not.
 *
 * @module
 */

import type { z } from "zod";
import { describeIssue, formatPath } from "./describe_issue.ts";

/** A value of the schema's type, or what is wrong with it. */
export type CheckedJson<T> =
  | { readonly kind: "fits"; readonly value: T }
  | { readonly kind: "wrong"; readonly problem: string };

/**
 * Reads a text.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { z } from "zod";
 * const schema = z.strictObject({ pages: z.int().min(1) });
 * assertEquals(checkJson(schema, `{"pages": 0}`), {
 *   kind: "wrong",
 *   problem: "pages: expected at least 1, received 0",
 * });
 * ```
 */
export function checkJson<T>(schema: z.ZodType<T>, text: string): CheckedJson<T> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { kind: "wrong", problem: `expected JSON, received ${error.message}` };
  }
  return checkValue(schema, value);
}

/** The same of a value that was read already. */
export function checkValue<T>(schema: z.ZodType<T>, value: unknown): CheckedJson<T> {
  const checked = schema.safeParse(value, { reportInput: true });
  if (checked.success) return { kind: "fits", value: checked.data };
  const { path, sentence } = describeIssue(checked.error.issues[0]!);
  const problem = path.length === 0 ? sentence : `${formatPath(path)}: ${sentence}`;
  return { kind: "wrong", problem };
}
