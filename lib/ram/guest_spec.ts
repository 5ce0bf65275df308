/**
 * What a guest does, as data: how many vCPUs, which pages they touch, how often, what they write and what the memory held at
 * first. The command line (`--guest`) and scenario files spell it in the same words and are read by the same table, so a
 * mistake in either is answered with the word and what was expected there.
 *
 * @module
 */

import { MAX_VCPUS } from "./guest_page.ts";

/** The order in which a vCPU touches pages. */
export type Workload =
  | { readonly kind: "uniform" }
  /** Page after page; each vCPU begins at its own part of the memory. */
  | { readonly kind: "sequential" }
  /** Every `stride`-th page, coprime with the number of touched pages (all but one); absent: near the golden section. */
  | { readonly kind: "strided"; readonly stride?: number }
  /** A share `hotPages` of the pages gets a share `hotTouches` of the touches. Hot pages lie scattered. */
  | { readonly kind: "hot-cold"; readonly hotPages: number; readonly hotTouches: number };

/** What the memory holds before the first write. `pattern`: each word its own number. */
export type GuestFillKind = "random" | "zero" | "pattern";

/** One guest. */
export interface GuestSpec {
  /** 1 to `MAX_VCPUS`. */
  readonly vcpus: number;
  readonly workload: Workload;
  /** Of each vCPU; an integer from 0 (idle) to 1,000,000. */
  readonly touchesPerSecond: number;
  /** Which part of the touches are writes, 0 to 1. */
  readonly writeShare: number;
  /** Writes after which a vCPU touches nothing more; absent: it never ends. */
  readonly quota?: number;
  readonly fill: GuestFillKind;
  /** 0 to 2^32 - 1. */
  readonly seed: number;
}

/** The most touches a second of one vCPU: one a microsecond, the clock's grain. */
export const MAX_TOUCHES_PER_SECOND = 1_000_000;

/** A guest that was not described as it must be, or that does not fit its RAM. */
export class GuestSpecError extends Error {
  override readonly name = "GuestSpecError";
}

/** Reads one word's value: what it must be, and whether it is. */
interface Field<T> {
  readonly expected: string;
  readonly accepts: (value: unknown) => value is T;
}

const WORKLOADS = ["uniform", "sequential", "strided", "hot-cold"] as const;
const FILLS = ["random", "zero", "pattern"] as const;

const FIELDS = {
  "vcpus": integer(1, MAX_VCPUS),
  "workload": oneOf(WORKLOADS),
  "stride": integer(1, 2 ** 24),
  "hot-pages": share(),
  "hot-touches": share(),
  "touches": integer(0, MAX_TOUCHES_PER_SECOND),
  "write-share": share(),
  "quota": integer(1, 2 ** 31 - 1),
  "fill": oneOf(FILLS),
  "seed": integer(0, 2 ** 32 - 1),
} as const;

type GuestWord = keyof typeof FIELDS;
type ValueOf<W extends GuestWord> = (typeof FIELDS)[W] extends Field<infer T> ? T : never;
type GuestWords = { readonly [W in GuestWord]?: ValueOf<W> };

/** The words that describe a guest, with what each must be. */
export const GUEST_WORDS: ReadonlyMap<string, string> = new Map(
  Object.entries(FIELDS).map(([word, field]) => [word, field.expected]),
);

/**
 * Reads a guest from its words. What is absent is: 1 vCPU, `strided`, 1000 touches a second, half of them writes, no quota,
 * random content, seed 1; of `hot-cold`, 0.1 of the pages get 0.9 of the touches.
 *
 * @throws {GuestSpecError} naming the word and what was expected.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(readGuest({ vcpus: 2, workload: "uniform", touches: 50, quota: 10 }), {
 *   vcpus: 2,
 *   workload: { kind: "uniform" },
 *   touchesPerSecond: 50,
 *   writeShare: 0.5,
 *   quota: 10,
 *   fill: "random",
 *   seed: 1,
 * });
 * ```
 */
export function readGuest(words: Readonly<Record<string, unknown>>): GuestSpec {
  checkWords(words);
  const { quota, "write-share": writeShare = 0.5 } = words;
  if (quota !== undefined && writeShare === 0) {
    throw new GuestSpecError("Cannot read guest: quota expected a write-share above 0, received 0");
  }
  return {
    vcpus: words.vcpus ?? 1,
    workload: readWorkload(words),
    touchesPerSecond: words.touches ?? 1000,
    writeShare,
    ...(quota === undefined ? {} : { quota }),
    fill: words.fill ?? "random",
    seed: words.seed ?? 1,
  };
}

function readWorkload(words: GuestWords): Workload {
  const { workload = "strided", stride } = words;
  const belongs = { "stride": "strided", "hot-pages": "hot-cold", "hot-touches": "hot-cold" };
  for (const [word, needed] of Object.entries(belongs)) {
    if (words[word as keyof typeof belongs] !== undefined && workload !== needed) {
      throw new GuestSpecError(
        `Cannot read guest: ${word} expected workload ${needed}, received ${workload}`,
      );
    }
  }
  if (workload === "hot-cold") {
    const { "hot-pages": hotPages = 0.1, "hot-touches": hotTouches = 0.9 } = words;
    return { kind: workload, hotPages, hotTouches };
  }
  return workload === "strided" && stride !== undefined
    ? { kind: workload, stride }
    : { kind: workload };
}

/** Checks each word by itself. */
function checkWords(words: Readonly<Record<string, unknown>>): asserts words is GuestWords {
  for (const [word, value] of Object.entries(words)) {
    const field: Field<unknown> | undefined = isGuestWord(word) ? FIELDS[word] : undefined;
    if (field === undefined) {
      const known = Object.keys(FIELDS).join(", ");
      throw new GuestSpecError(`Cannot read guest: expected one of ${known}, received "${word}"`);
    }
    if (value === undefined || field.accepts(value)) continue;
    throw new GuestSpecError(
      `Cannot read guest: ${word} expected ${field.expected}, received ${JSON.stringify(value)}`,
    );
  }
}

function isGuestWord(word: string): word is GuestWord {
  return Object.hasOwn(FIELDS, word);
}

function integer(least: number, most: number): Field<number> {
  return {
    expected: `an integer from ${least} to ${most}`,
    accepts: (value): value is number =>
      Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most,
  };
}

function share(): Field<number> {
  return {
    expected: "a number from 0 to 1",
    accepts: (value): value is number => typeof value === "number" && value >= 0 && value <= 1,
  };
}

function oneOf<T extends string>(values: readonly T[]): Field<T> {
  return {
    expected: `one of ${values.join(", ")}`,
    accepts: (value): value is T => values.includes(value as T),
  };
}
