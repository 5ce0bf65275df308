/**
 * What zod found wrong with a value, in one sentence that says what was expected and what is there.
 *
 * @module
 */

import type { z } from "zod";
import { didYouMean } from "./nearest.ts";

/** One thing that is wrong with a value. */
export interface Problem {
  /** Where: the fields and indices that lead to it. */
  readonly path: readonly (string | number)[];
  /** Whether the field is wrong by its name alone, or by its value. */
  readonly part: "name" | "value";
  /** `expected X, received Y`. */
  readonly sentence: string;
}

/** How the types that zod expects are called by people. */
const TYPE_NAMES: Readonly<Record<string, string>> = {
  int: "an integer",
  number: "a number",
  string: "text",
  boolean: "true or false",
  object: "a mapping",
  record: "a mapping",
  array: "a list",
};

/**
 * Describes one issue of a check that was made with `reportInput`.
 *
 * @param fieldsAt the fields that a mapping may have, by its path: for "did you mean".
 */
export function describeIssue(
  issue: z.core.$ZodIssue,
  fieldsAt: (path: Problem["path"]) => readonly string[] = () => [],
): Problem {
  const path = issue.path as Problem["path"];
  if (issue.code === "custom") return { path, part: "value", sentence: issue.message };
  const inner = issue.code === "invalid_union" ? innerIssue(issue) : undefined;
  if (inner !== undefined) {
    return describeIssue({ ...inner, path: [...path, ...inner.path] }, fieldsAt);
  }
  if (issue.code === "unrecognized_keys") {
    const [field = ""] = issue.keys;
    const fields = fieldsAt(path);
    const expected = fields.length === 0 ? "no such field" : `one of ${fields.join(", ")}`;
    const sentence = `expected ${expected}, received "${field}"${didYouMean(field, fields)}`;
    return { path: [...path, field], part: "name", sentence };
  }
  const hint = issue.code === "invalid_value" && typeof issue.input === "string"
    ? didYouMean(issue.input, issue.values.map(String))
    : "";
  const sentence = `expected ${expectedBy(issue)}, received ${describeValue(issue.input)}${hint}`;
  return { path, part: issue.code === "invalid_key" ? "name" : "value", sentence };
}

/** A path as people write it: `steps[3].on`. */
export function formatPath(path: Problem["path"]): string {
  return path.map((part) => typeof part === "number" ? `[${part}]` : `.${part}`).join("")
    .replace(/^\./, "");
}

/** What is wrong inside of a value that is of the right type for one of a union's members. */
function innerIssue(issue: z.core.$ZodIssueInvalidUnion): z.core.$ZodIssue | undefined {
  return issue.errors.flat().find(({ path }) => path.length > 0);
}

function expectedBy(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return TYPE_NAMES[issue.expected] ?? issue.expected;
    case "invalid_value":
      return oneOf(issue.values.map((value) => JSON.stringify(value)));
    case "invalid_union":
      return oneOf(issue.errors.flatMap(([first]) => first === undefined ? [] : expectedBy(first)));
    case "too_small":
      return bound("at least", issue.minimum, issue.origin);
    case "too_big":
      return bound("at most", issue.maximum, issue.origin);
    case "invalid_format":
      return `text like ${issue.pattern}`;
    case "invalid_key":
      return issue.issues[0] === undefined ? "another name" : expectedBy(issue.issues[0]);
    default:
      return issue.message;
  }
}

function bound(words: string, limit: number | bigint, origin: string): string {
  if (origin === "array") return `a list of ${words} ${limit}`;
  return origin === "string" ? `text of ${words} ${limit} letters` : `${words} ${limit}`;
}

function oneOf(expected: readonly string[]): string {
  const [only] = expected;
  return expected.length === 1 && only !== undefined ? only : `one of ${expected.join(", ")}`;
}

function describeValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "a mapping";
  return typeof value === "number" ? String(value) : JSON.stringify(value);
}
