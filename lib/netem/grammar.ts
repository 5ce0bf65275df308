/**
 * Link conditions as text, in tc-netem's grammar:
 *
 * ```text
 * connect delay TIME | connect hang | connect refuse | connect reset
 * delay TIME [JITTER] [distribution uniform|normal|pareto]
 * rate RATE [of channel|of link]
 * limit SIZE
 * ```
 *
 * any of them in one text, each at most once. `connect` and `of` are ours, the rest is tc's, and what tc refuses is refused
 * (a distribution without a jitter). Two of tc's words mean something else here: `limit` is in bytes, as channels carry no
 * packets, and without a `distribution` the jitter is uniform, which is what the kernel does, although tc's manual page
 * says normal.
 *
 * The hard thing is the error: a text that does not parse names the word, its column, and what was expected there.
 *
 * @module
 */

import type { ConnectCondition, Distribution, TrafficCondition } from "./conditions.ts";
import type { Delay } from "./delay_line.ts";
import { expectedOf, formatQuantity, isNumeric, parseQuantity, type Quantity } from "./units.ts";

/** What a text says. */
export interface NetemConditions {
  readonly connect?: ConnectCondition;
  readonly traffic?: TrafficCondition;
}

/** A text that does not say link conditions. */
export class NetemError extends Error {
  override readonly name = "NetemError";
  /** The word that does not belong there; "" at the end of the text. */
  readonly word: string;
  /** Where it begins: 1 is the first character of the text. */
  readonly column: number;
  /** What was expected there. */
  readonly expected: string;

  constructor(text: string, options: { word: string; column: number; expected: string }) {
    const { word, column, expected } = options;
    const received = word === "" ? "the end" : `"${word}"`;
    super(
      `Cannot read link conditions "${text}": expected ${expected} at column ${column}, received ${received}`,
    );
    this.word = word;
    this.column = column;
    this.expected = expected;
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const CLAUSES = ["connect", "delay", "rate", "limit"] as const;
const CONNECTS = ["delay", "hang", "refuse", "reset"] as const;
const DISTRIBUTIONS = ["uniform", "normal", "pareto"] as const satisfies readonly Distribution[];
const RATE_OWNERS = ["channel", "link"] as const;

/**
 * Reads link conditions. An empty text is no condition.
 *
 * @throws {NetemError} naming the word, its column, and what was expected there.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(parseNetem("connect delay 1s rate 64mbps of link"), {
 *   connect: { kind: "delay", delayUs: 1_000_000 },
 *   traffic: { rate: { bytesPerSecond: 64_000_000, of: "link" } },
 * });
 * ```
 */
export function parseNetem(text: string): NetemConditions {
  const words = new Words(text);
  const left = new Set<string>(CLAUSES);
  const traffic: Mutable<TrafficCondition> = {};
  let connect: ConnectCondition | undefined;
  while (!words.ended) {
    const clause = words.choice(CLAUSES.filter((name) => left.has(name)));
    left.delete(clause);
    switch (clause) {
      case "connect":
        connect = parseConnect(words);
        break;
      case "delay":
        traffic.delay = parseDelay(words);
        break;
      case "rate":
        traffic.rate = parseRate(words);
        break;
      case "limit":
        traffic.limitBytes = words.quantity("size");
        break;
    }
  }
  return {
    ...connect && { connect },
    ...Object.keys(traffic).length > 0 && { traffic },
  };
}

/** The text that `parseNetem` reads as `conditions`, with exact values in the largest units that hold them. */
export function formatNetem({ connect, traffic }: NetemConditions): string {
  const clauses: string[] = [];
  if (connect?.kind === "delay") clauses.push(`connect delay ${time(connect.delayUs)}`);
  else if (connect !== undefined) clauses.push(`connect ${connect.kind}`);
  if (traffic?.delay !== undefined) clauses.push(formatDelay(traffic.delay));
  if (traffic?.rate !== undefined) {
    const { bytesPerSecond, of } = traffic.rate;
    clauses.push(`rate ${formatQuantity("rate", bytesPerSecond)} of ${of}`);
  }
  if (traffic?.limitBytes !== undefined) {
    clauses.push(`limit ${formatQuantity("size", traffic.limitBytes)}`);
  }
  return clauses.join(" ");
}

function parseConnect(words: Words): ConnectCondition {
  const kind = words.choice(CONNECTS);
  return kind === "delay" ? { kind, delayUs: words.quantity("time") } : { kind };
}

function parseDelay(words: Words): Delay {
  const timeUs = words.quantity("time");
  const jitterUs = words.optionalQuantity("time", "a jitter such as 2ms") ?? 0;
  // As in tc, a distribution says how a jitter is spread and needs one.
  const distribution = jitterUs > 0 && words.take("distribution")
    ? words.choice(DISTRIBUTIONS)
    : "uniform";
  return { timeUs, jitterUs, distribution };
}

function parseRate(words: Words): NonNullable<TrafficCondition["rate"]> {
  const bytesPerSecond = words.quantity("rate");
  return { bytesPerSecond, of: words.take("of") ? words.choice(RATE_OWNERS) : "channel" };
}

function formatDelay({ timeUs, jitterUs, distribution }: Delay): string {
  if (jitterUs === 0) return `delay ${time(timeUs)}`;
  const spread = distribution === "uniform" ? "" : ` distribution ${distribution}`;
  return `delay ${time(timeUs)} ${time(jitterUs)}${spread}`;
}

function time(us: number): string {
  return formatQuantity("time", us);
}

/** The words of a text, taken one after the other. What is asked for in vain is what was expected, until a word is taken. */
class Words {
  readonly #text: string;
  readonly #words: readonly { readonly word: string; readonly column: number }[];
  #next = 0;
  #expected: string[] = [];

  constructor(text: string) {
    this.#text = text;
    this.#words = Array.from(
      text.matchAll(/\S+/g),
      ({ 0: word, index }) => ({ word, column: index + 1 }),
    );
  }

  get ended(): boolean {
    return this.#next === this.#words.length;
  }

  /** Takes the next word if it is `word`. */
  take(word: string): boolean {
    if (this.#word !== word) {
      this.#expected.push(`"${word}"`);
      return false;
    }
    this.#advance();
    return true;
  }

  /** Takes the next word, which has to be one of `choices`. */
  choice<T extends string>(choices: readonly T[]): T {
    for (const word of choices) if (this.take(word)) return word;
    throw this.#error();
  }

  /** Takes the next word, which has to be a number with a unit of `quantity`. */
  quantity(quantity: Quantity): number {
    const value = parseQuantity(quantity, this.#word);
    if (value === null) {
      this.#expected = [expectedOf(quantity)];
      throw this.#error();
    }
    this.#advance();
    return value;
  }

  /** Takes the next word as a `quantity` if it begins as a number does. */
  optionalQuantity(quantity: Quantity, expected: string): number | null {
    if (isNumeric(this.#word)) return this.quantity(quantity);
    this.#expected.push(expected);
    return null;
  }

  get #word(): string {
    return this.#words[this.#next]?.word ?? "";
  }

  #advance(): void {
    this.#next++;
    this.#expected = [];
  }

  #error(): NetemError {
    const column = this.#words[this.#next]?.column ?? this.#text.trimEnd().length + 1;
    const last = this.#expected.pop() ?? "the end";
    const expected = this.#expected.length === 0 ? last : `${this.#expected.join(", ")} or ${last}`;
    return new NetemError(this.#text, { word: this.#word, column, expected });
  }
}
