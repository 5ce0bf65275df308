/**
 * Finds the arm that a selector means.
 *
 * @module
 */

import { type Arm, formatArm } from "../lib/report/arm.ts";
import { didYouMean } from "../lib/report/nearest.ts";
import type { Selector } from "./expression.ts";

/** An arm and the scenario that it belongs to. */
export interface NamedArm {
  readonly scenario: string;
  readonly arm: Arm;
}

/** A selector that means no arm, or several. */
export class SelectionError extends Error {
  override readonly name = "SelectionError";
}

/**
 * The one arm with all of the selector's values; `scenario` counts as an axis.
 *
 * @throws {SelectionError} when none has them, or several do, with what would tell them apart.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const arms = [250, 1000].map((delay) => ({ scenario: "start", arm: { "connect-delay-ms": delay } }));
 * assertEquals(selectArm(new Map([["connect-delay-ms", "250"]]), arms), arms[0]);
 * ```
 */
export function selectArm<A extends NamedArm>(selector: Selector, arms: readonly A[]): A {
  let left = arms;
  for (const [axis, value] of selector) {
    const fitting = left.filter((arm) => valueOn(arm, axis) === value);
    if (fitting.length === 0) throw noneFits(axis, value, left);
    left = fitting;
  }
  const [only, ...others] = left;
  if (only === undefined) throw new SelectionError("expected an arm, received none");
  if (others.length > 0) {
    throw new SelectionError(
      `expected one arm, received ${left.length}: say which ${axesThatDiffer(left).join(" and ")}`,
    );
  }
  return only;
}

/** The selector that means this arm, and names it in full. */
export function selectorOf({ scenario, arm }: NamedArm): Selector {
  const axes = Object.entries(arm).map(([axis, value]) => [axis, String(value)] as const);
  return new Map([["scenario", scenario], ...axes]);
}

/** Whether an arm has all of the selector's values. */
export function hasValues(arm: NamedArm, selector: Selector): boolean {
  return [...selector].every(([axis, value]) => valueOn(arm, axis) === value);
}

/** How an arm is called where several scenarios have some. */
export function formatNamedArm({ scenario, arm }: NamedArm): string {
  const name = formatArm(arm);
  return name === "" ? scenario : `${scenario} [${name}]`;
}

function valueOn({ scenario, arm }: NamedArm, axis: string): string | undefined {
  return axis === "scenario" ? scenario : arm[axis]?.toString();
}

function axesOf(arms: readonly NamedArm[]): string[] {
  return [...new Set(arms.flatMap(({ arm }) => ["scenario", ...Object.keys(arm)]))];
}

function axesThatDiffer(arms: readonly NamedArm[]): string[] {
  return axesOf(arms).filter((axis) => new Set(arms.map((arm) => valueOn(arm, axis))).size > 1);
}

function noneFits(axis: string, value: string, arms: readonly NamedArm[]): SelectionError {
  const values = [...new Set(arms.flatMap((arm) => valueOn(arm, axis) ?? []))];
  if (values.length > 0) {
    return new SelectionError(
      `${axis} expected one of ${values.join(", ")}, received "${value}"${
        didYouMean(value, values)
      }`,
    );
  }
  const axes = axesOf(arms);
  return new SelectionError(
    `expected one of the axes ${axes.join(", ")}, received "${axis}"${didYouMean(axis, axes)}`,
  );
}
