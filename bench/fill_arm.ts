/**
 * Arms: every combination of the axes' values, and a scenario's fields with `${axis}` replaced by the values of one.
 *
 * @module
 */

import type { Arm, AxisValue } from "../lib/report/arm.ts";
import type { Problem } from "../lib/report/describe_issue.ts";
import { didYouMean } from "../lib/report/nearest.ts";

/** A `${name}` that no axis has. */
export class UnknownAxisError extends Error {
  override readonly name = "UnknownAxisError";
  readonly path: Problem["path"];

  constructor(path: Problem["path"], axis: string, axes: readonly string[]) {
    const expected = axes.length === 0 ? "no ${axis}, as there are no arms" : `one of ${axes}`;
    super(`expected ${expected}, received "${axis}"${didYouMean(axis, axes)}`);
    this.path = path;
  }
}

/**
 * Every combination of values, the last axis varying fastest; one empty arm where there is no axis.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(armsOf({ a: [1, 2], b: ["x"] }), [{ a: 1, b: "x" }, { a: 2, b: "x" }]);
 * ```
 */
export function armsOf(axes: Readonly<Record<string, readonly AxisValue[]>>): Arm[] {
  return Object.entries(axes).reduce<Arm[]>(
    (arms, [axis, values]) =>
      arms.flatMap((arm) => values.map((value) => ({ ...arm, [axis]: value }))),
    [{}],
  );
}

/**
 * `value` with every `${axis}` in its texts filled in. A text that is nothing but `${axis}` becomes the value itself.
 *
 * @throws {UnknownAxisError} where a text names another axis.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const arm = { delay: 250 };
 * assertEquals(fillArm({ a: "${delay}", b: ["delay ${delay}ms"] }, arm), { a: 250, b: ["delay 250ms"] });
 * ```
 */
export function fillArm(value: unknown, arm: Arm, path: Problem["path"] = []): unknown {
  if (typeof value === "string") return fillText(value, arm, path);
  if (Array.isArray(value)) {
    return value.map((item, index) => fillArm(item, arm, [...path, index]));
  }
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value)
    .map(([name, field]) => [name, fillArm(field, arm, [...path, name])]);
  return Object.fromEntries(fields);
}

/** Whether an arm has the values that a `when` asks for. @throws {UnknownAxisError} when it names an axis that is none. */
export function fitsArm(
  when: Readonly<Record<string, AxisValue | readonly AxisValue[]>>,
  arm: Arm,
  path: Problem["path"],
): boolean {
  return Object.entries(when).every(([axis, values]) =>
    [values].flat().includes(valueOn(arm, axis, [...path, axis]))
  );
}

function fillText(text: string, arm: Arm, path: Problem["path"]): AxisValue {
  const [, only] = /^\$\{([^}]*)\}$/.exec(text) ?? [];
  if (only !== undefined) return valueOn(arm, only, path);
  return text.replaceAll(/\$\{([^}]*)\}/g, (_, axis: string) => String(valueOn(arm, axis, path)));
}

function valueOn(arm: Arm, axis: string, path: Problem["path"]): AxisValue {
  if (!Object.hasOwn(arm, axis)) throw new UnknownAxisError(path, axis, Object.keys(arm));
  return arm[axis]!;
}
