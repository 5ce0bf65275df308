/**
 * What an oracle is: a named statement about histories, and a check that gives `null` where it holds and one sentence where it does not.
 *
 * @module
 */

import type { History } from "../history.ts";

/** One statement about every run. */
export interface Oracle {
  /** What it states. */
  readonly states: string;
  /** Pure: a function of the history alone. */
  check(history: History): string | null;
}

/** A time in a sentence. */
export function at(timeUs: number): string {
  return `at ${(timeUs / 1000).toFixed(3)} ms`;
}

/** A length of time in a sentence. */
export function long(us: number): string {
  return us < 1e6 ? `${(us / 1000).toFixed(1)} ms` : `${(us / 1e6).toFixed(2)} s`;
}
