/**
 * The sentence under a table that says what its figures mean: a template in the scenario file, whose `{EXPRESSION}` and
 * `{outcome.FIELD[ARM]}` are filled in with what was measured. So it says what came out, not what should have.
 *
 * @module
 */

import { formatFigure } from "../lib/report/format_figure.ts";
import type { RunResult } from "../lib/report/result.ts";
import { bindExpression, bindSelector } from "./bind_expression.ts";
import {
  ExpressionError,
  parseExpression,
  parseSelector,
  type Selector,
  type Sum,
} from "./expression.ts";
import { type OutcomeField, outcomeOf } from "./figures.ts";
import type { NamedArm } from "./select_arm.ts";
import { evaluate } from "./threshold.ts";

/** A template, read. */
export type Meaning = readonly (
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "figure"; readonly of: Sum }
  | { readonly kind: "outcome"; readonly field: OutcomeField; readonly selector: Selector }
)[];

const OUTCOME_FIELDS = [
  "source",
  "destination",
  "ram",
  "guest",
] as const satisfies readonly OutcomeField[];

/** Stands where a figure is absent. */
const ABSENT = "?";

/**
 * Reads a template for these arms.
 *
 * @throws {ExpressionError | SelectionError} when what stands in braces is none, or means no arm, or several.
 */
export function parseMeaning(template: string, arms: readonly NamedArm[]): Meaning {
  let column = 0;
  return template.split(/(\{[^{}]*\})/).map((part) => {
    const begin = column;
    column += part.length;
    if (!part.startsWith("{")) return { kind: "text", text: part.replaceAll(/\s+/g, " ") };
    try {
      return parsePart(part.slice(1, -1), arms);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      throw new ExpressionError(template, begin + 1 + error.column, error.problem);
    }
  });
}

/** The sentence for these runs. */
export function renderMeaning(meaning: Meaning, runs: readonly RunResult[]): string {
  return meaning.map((part) => {
    switch (part.kind) {
      case "text":
        return part.text;
      case "outcome":
        return outcomeOf(runs, part.field, part.selector);
      case "figure": {
        const value = evaluate(part.of, runs);
        return typeof value === "number" ? formatFigure(value) : ABSENT;
      }
    }
  }).join("").trim();
}

/** What stands between two braces. */
function parsePart(text: string, arms: readonly NamedArm[]): Meaning[number] {
  const [, field, , selector] = /^\s*outcome\.([a-z]+)\s*(\[([^\]]*)\])?\s*$/.exec(text) ?? [];
  if (field === undefined) {
    return { kind: "figure", of: bindExpression(parseExpression(text), arms) };
  }
  if (!isOutcomeField(field)) {
    const expected = `one of outcome.${OUTCOME_FIELDS.join(", outcome.")}`;
    throw new ExpressionError(text, 1, `expected ${expected}, received "outcome.${field}"`);
  }
  return { kind: "outcome", field, selector: bindSelector(parseSelector(selector ?? ""), arms) };
}

function isOutcomeField(field: string): field is OutcomeField {
  return (OUTCOME_FIELDS as readonly string[]).includes(field);
}
