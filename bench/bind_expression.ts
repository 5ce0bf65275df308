/**
 * Ties the terms of an expression to the arms that they mean, so that a selector that means none or several is refused before anything
 * has run, and a result's thresholds can be read without the scenario file.
 *
 * @module
 */

import type { Factor, Ratio, Selector, Sum, Term, Threshold } from "./expression.ts";
import { type NamedArm, selectArm, selectorOf } from "./select_arm.ts";

/** The threshold with every selector spelled out. @throws {SelectionError} when one of them means no arm, or several. */
export function bindThreshold(threshold: Threshold, arms: readonly NamedArm[]): Threshold {
  const { value, operator, limit } = threshold;
  return { value: bindExpression(value, arms), operator, limit: bindExpression(limit, arms) };
}

/** The expression with every selector spelled out. @throws {SelectionError} likewise. */
export function bindExpression(sum: Sum, arms: readonly NamedArm[]): Sum {
  if (sum.kind !== "sum") return bindRatio(sum, arms);
  return { kind: "sum", parts: sum.parts.map((part) => bindRatio(part, arms)) };
}

/** The selector with scenario and every axis of the arm that it means. @throws {SelectionError} likewise. */
export function bindSelector(selector: Selector, arms: readonly NamedArm[]): Selector {
  return selectorOf(selectArm(selector, arms));
}

/** Every term of an expression. */
export function termsOf(sum: Sum): Term[] {
  switch (sum.kind) {
    case "number":
      return [];
    case "term":
      return [sum];
    case "max":
      return sum.of.flatMap(termsOf);
    case "ratio":
      return [sum.of, sum.to].flatMap(termsOf);
    case "sum":
      return sum.parts.flatMap(termsOf);
  }
}

function bindRatio(ratio: Ratio, arms: readonly NamedArm[]): Ratio {
  if (ratio.kind !== "ratio") return bindFactor(ratio, arms);
  return { kind: "ratio", of: bindFactor(ratio.of, arms), to: bindFactor(ratio.to, arms) };
}

function bindFactor(factor: Factor, arms: readonly NamedArm[]): Factor {
  switch (factor.kind) {
    case "number":
      return factor;
    case "term":
      return { ...factor, selector: bindSelector(factor.selector, arms) };
    case "max":
      return { kind: "max", of: factor.of.map((sum) => bindExpression(sum, arms)) };
  }
}
