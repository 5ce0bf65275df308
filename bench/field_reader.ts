/**
 * One field of a scenario, filled in for one arm, and its place in the file: whatever reads a field reads it through this, so that
 * every mistake is told with its place, whoever found it.
 *
 * @module
 */

import { z } from "zod";
import { NetemError } from "../lib/netem/grammar.ts";
import { QmpError } from "../lib/qapi/qmp_error.ts";
import { GuestSpecError } from "../lib/ram/guest_spec.ts";
import { RamLayoutError } from "../lib/ram/ram_block.ts";
import type { Arm, AxisValue } from "../lib/report/arm.ts";
import { describeIssue, type Problem } from "../lib/report/describe_issue.ts";
import { ExpressionError } from "./expression.ts";
import { fillArm, fitsArm, UnknownAxisError } from "./fill_arm.ts";
import type { FieldPart, ScenarioText } from "./scenario_text.ts";
import { SelectionError } from "./select_arm.ts";

/** What a field must be, and is not: `expected X, received Y`. */
export class FieldError extends Error {
  override readonly name = "FieldError";
}

/** Errors of the readers that a field's value is handed to; anything else is a bug. */
const USER_ERRORS = [
  FieldError,
  ExpressionError,
  GuestSpecError,
  NetemError,
  QmpError,
  RamLayoutError,
  SelectionError,
] as const;

/** A field. */
export class FieldReader {
  readonly value: unknown;
  readonly #text: ScenarioText;
  readonly #arm: Arm;
  readonly #path: Problem["path"];

  /** The whole file, as it stands. */
  static ofFile(text: ScenarioText): FieldReader {
    return new FieldReader(text, {}, [], text.value);
  }

  /** The whole file, filled in for `arm`. @throws {ScenarioError} where it names another axis. */
  static ofArm(text: ScenarioText, arm: Arm): FieldReader {
    try {
      return new FieldReader(text, arm, [], fillArm(text.value, arm));
    } catch (error) {
      if (!(error instanceof UnknownAxisError)) throw error;
      throw text.error(error.path, error.message);
    }
  }

  private constructor(text: ScenarioText, arm: Arm, path: Problem["path"], value: unknown) {
    this.#text = text;
    this.#arm = arm;
    this.#path = path;
    this.value = value;
  }

  /** The field of this name, or the entry of this index. */
  at(key: string | number): FieldReader {
    const fields = this.value as Record<string | number, unknown> | undefined;
    return new FieldReader(this.#text, this.#arm, [...this.#path, key], fields?.[key]);
  }

  /** The value, if the schema allows it. @throws {ScenarioError} naming the field, what was expected and what is there. */
  check<S extends z.ZodType>(schema: S): z.output<S> {
    const checked = schema.safeParse(this.value, { reportInput: true });
    if (checked.success) return checked.data;
    const problem = describeIssue(checked.error.issues[0]!, (path) => fieldsOf(schema, path));
    throw this.#text.error(
      [...this.#path, ...problem.path],
      problem.sentence,
      problem.part,
    );
  }

  /** What `read` makes of the value. @throws {ScenarioError} instead of what `read` throws at a user. */
  read<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (!USER_ERRORS.some((type) => error instanceof type)) throw error;
      throw this.#text.error(this.#path, sentenceOf(error as Error), partOf(error));
    }
  }

  /**
   * Whether the field belongs to the arm, as a field in it says.
   *
   * @param name the field's, which holds `when`.
   * @throws {ScenarioError} when `when` names an axis that is none.
   */
  fits(
    when: Readonly<Record<string, AxisValue | readonly AxisValue[]>> | undefined,
    name = "when",
  ): boolean {
    try {
      return fitsArm(when ?? {}, this.#arm, [...this.#path, name]);
    } catch (error) {
      if (!(error instanceof UnknownAxisError)) throw error;
      throw this.#text.error(error.path, error.message, "name");
    }
  }
}

/** The fields that a mapping at `path` may have. */
function fieldsOf(schema: z.ZodType, path: Problem["path"]): readonly string[] {
  const [key, ...rest] = path;
  if (schema instanceof z.ZodOptional) return fieldsOf(schema.unwrap() as z.ZodType, path);
  if (schema instanceof z.ZodArray) return fieldsOf(schema.element as z.ZodType, rest);
  if (!(schema instanceof z.ZodObject)) return [];
  return key === undefined ? Object.keys(schema.shape) : fieldsOf(schema.shape[key], rest);
}

/** The place is told before it, so "Cannot read X: " need not be. */
function sentenceOf(error: Error): string {
  if (error instanceof ExpressionError) return error.problem;
  return error.message.replace(/^Cannot [^:]*: /, "");
}

function partOf(error: unknown): FieldPart {
  return error instanceof ExpressionError || error instanceof NetemError ? error.column : "value";
}
