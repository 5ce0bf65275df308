/**
 * Thresholds as text: a comparison of two expressions over metrics of named arms.
 *
 * ```text
 * threshold  = sum ("<" | "<=" | ">" | ">=") sum
 * sum        = ratio { "+" ratio }
 * ratio      = factor [ "/" factor ]
 * factor     = NUMBER | term | "max(" sum "," sum { "," sum } ")"
 * term       = METRIC [ "[" AXIS "=" VALUE { "," AXIS "=" VALUE } "]" ]
 * ```
 *
 * so that a limit can be a number, a part of another arm's figure, or what the machine itself shows where that is more:
 * `source.main-loop.longest-stall-ms[x-preempt-connect=async-after-main] <= max(10, floor.idle-loop.longest-stall-ms[...] + 2)`.
 *
 * The hard thing is the error: a text that does not parse names the place, and what was expected there.
 *
 * @module
 */

import { isMetricName, type MetricName, METRICS } from "../lib/measure/metrics.ts";
import { didYouMean } from "../lib/report/nearest.ts";

/** Which arm is meant: a value, as text, for some axes. `scenario` counts as an axis. */
export type Selector = ReadonlyMap<string, string>;

/** The metric of one arm. */
export interface Term {
  readonly kind: "term";
  readonly metric: MetricName;
  readonly selector: Selector;
}

export type Factor =
  | { readonly kind: "number"; readonly value: number }
  | Term
  | { readonly kind: "max"; readonly of: readonly Sum[] };

export type Ratio = Factor | {
  readonly kind: "ratio";
  readonly of: Factor;
  readonly to: Factor;
};

/** An expression. */
export type Sum = Ratio | { readonly kind: "sum"; readonly parts: readonly Ratio[] };

export const OPERATORS = ["<=", ">=", "<", ">"] as const;

/** A comparison that has to hold. */
export interface Threshold {
  readonly value: Sum;
  readonly operator: typeof OPERATORS[number];
  readonly limit: Sum;
}

/** A text that is no threshold or expression. */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError";
  /** Where the mistake begins: 1 is the first character of the text. */
  readonly column: number;
  /** `expected X, received Y`. */
  readonly problem: string;

  constructor(text: string, column: number, problem: string) {
    super(`Cannot read "${text}": at column ${column} ${problem}`);
    this.column = column;
    this.problem = problem;
  }
}

/**
 * Reads a threshold.
 *
 * @throws {ExpressionError} naming the column, and what was expected there.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const { operator, limit } = parseThreshold("downtime-ms[postcopy-preempt=true] < 300");
 * assertEquals([operator, limit], ["<", { kind: "number", value: 300 }]);
 * ```
 */
export function parseThreshold(text: string): Threshold {
  const reader = new Reader(text);
  const value = reader.sum();
  const operator = reader.operator();
  const limit = reader.sum();
  reader.end(`"+", "/" or the end`);
  return { value, operator, limit };
}

/** Reads an expression alone. @throws {ExpressionError} as `parseThreshold` does. */
export function parseExpression(text: string): Sum {
  const reader = new Reader(text);
  const sum = reader.sum();
  reader.end(`"+", "/" or the end`);
  return sum;
}

/** Reads `AXIS=VALUE, ...`. The empty text selects whatever there is. @throws {ExpressionError} likewise. */
export function parseSelector(text: string): Selector {
  const reader = new Reader(text);
  const selector = text.trim() === "" ? new Map() : reader.axes();
  reader.end(`"," or the end`);
  return selector;
}

/** The text that `parseThreshold` reads as this threshold. */
export function formatThreshold({ value, operator, limit }: Threshold): string {
  return `${formatExpression(value)} ${operator} ${formatExpression(limit)}`;
}

/** The text that `parseExpression` reads as this expression. */
export function formatExpression(sum: Sum): string {
  switch (sum.kind) {
    case "number":
      return String(sum.value);
    case "term":
      return sum.selector.size === 0
        ? sum.metric
        : `${sum.metric}[${
          Array.from(sum.selector, ([axis, value]) => `${axis}=${value}`).join(", ")
        }]`;
    case "max":
      return `max(${sum.of.map(formatExpression).join(", ")})`;
    case "ratio":
      return `${formatExpression(sum.of)} / ${formatExpression(sum.to)}`;
    case "sum":
      return sum.parts.map(formatExpression).join(" + ");
  }
}

const NUMBER = /\d+(?:\.\d+)?(?:e[+-]?\d+)?/y;
const NAME = /[a-z][a-z0-9._-]*/y;
const VALUE = /[^\s,\[\]](?:[^,\[\]]*[^\s,\[\]])?/y;

/** The text of an expression, read from the left. */
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#skipSpace();
  }

  sum(): Sum {
    const [first, ...rest] = this.#list("+", () => this.#ratio());
    return rest.length === 0 ? first : { kind: "sum", parts: [first, ...rest] };
  }

  operator(): Threshold["operator"] {
    const operator = OPERATORS.find((candidate) => this.#take(candidate));
    return operator ?? this.#fail(`"+", "/" or one of ${OPERATORS.join(", ")}`);
  }

  axes(): Selector {
    const selector = new Map<string, string>();
    this.#list(",", () => {
      const begin = this.#at;
      const axis = this.#match(NAME) ?? this.#fail("the name of an axis");
      if (selector.has(axis)) this.#fail(`each axis once`, begin);
      if (!this.#take("=")) this.#fail(`"="`);
      selector.set(axis, this.#match(VALUE) ?? this.#fail(`a value of ${axis}`));
    });
    return selector;
  }

  end(expected: string): void {
    if (this.#at < this.#text.length) this.#fail(expected);
  }

  #ratio(): Ratio {
    const of = this.#factor();
    return this.#take("/") ? { kind: "ratio", of, to: this.#factor() } : of;
  }

  #factor(): Factor {
    const number = this.#match(NUMBER);
    if (number !== null) return { kind: "number", value: Number(number) };
    const begin = this.#at;
    const name = this.#match(NAME);
    if (name === "max" && this.#take("(")) {
      const of = this.#list(",", () => this.sum());
      if (of.length === 1) this.#fail(`","`);
      if (!this.#take(")")) this.#fail(`")"`);
      return { kind: "max", of };
    }
    if (name === null || !isMetricName(name)) {
      const hint = name === null ? "" : didYouMean(name, Object.keys(METRICS));
      return this.#fail("a metric, a number or max(", begin, hint);
    }
    return { kind: "term", metric: name, selector: this.#selector() };
  }

  #selector(): Selector {
    if (!this.#take("[")) return new Map();
    const selector = this.axes();
    if (!this.#take("]")) this.#fail(`"," or "]"`);
    return selector;
  }

  /** One or more of what `read` reads, with `separator` between them. */
  #list<T>(separator: string, read: () => T): [T, ...T[]] {
    const list: [T, ...T[]] = [read()];
    while (this.#take(separator)) list.push(read());
    return list;
  }

  #take(sign: string): boolean {
    if (!this.#text.startsWith(sign, this.#at)) return false;
    this.#at += sign.length;
    this.#skipSpace();
    return true;
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const [word] = pattern.exec(this.#text) ?? [];
    if (word === undefined) return null;
    this.#take(word);
    return word;
  }

  #skipSpace(): void {
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at++;
  }

  #fail(expected: string, at = this.#at, hint = ""): never {
    const [word] = /^[a-z0-9._-]+|^./i.exec(this.#text.slice(at)) ?? [];
    const received = word === undefined ? "the end" : `"${word}"`;
    throw new ExpressionError(
      this.#text,
      at + 1,
      `expected ${expected}, received ${received}${hint}`,
    );
  }
}
