/**
 * JSON that people can read: as `JSON.stringify` with two spaces, but what holds no further objects or lists stays on one line, so that a
 * column of a thousand figures is a line and not a thousand.
 *
 * @module
 */

/**
 * Formats a value of plain data.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(formatJson({ a: [1, 2], b: { c: [[3]] } }), `{
 *   "a": [1,2],
 *   "b": {
 *     "c": [[3]]
 *   }
 * }`);
 * ```
 */
export function formatJson(value: unknown, indent = ""): string {
  if (isFlat(value)) return JSON.stringify(value);
  const inner = `${indent}  `;
  const lines = Array.isArray(value)
    ? value.map((item) => `${inner}${formatJson(item ?? null, inner)}`)
    : Object.entries(value as object)
      .filter(([, item]) => item !== undefined)
      .map(([name, item]) => `${inner}${JSON.stringify(name)}: ${formatJson(item, inner)}`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return `${open}\n${lines.join(",\n")}\n${indent}${close}`;
}

/** Whether a value is one line: a scalar, a list of scalars, or of short lists of scalars. */
function isFlat(value: unknown): boolean {
  if (isScalar(value)) return true;
  if (!Array.isArray(value)) return Object.values(value as object).length === 0;
  return value.every((item) => isScalar(item) || (Array.isArray(item) && item.every(isScalar)));
}

function isScalar(value: unknown): boolean {
  return typeof value !== "object" || value === null;
}
