/**
 * How far a campaign is, on stderr, so that stdout holds results alone. On a terminal it is one line that is written over; elsewhere a
 * line every ten seconds.
 *
 * @module
 */

import type { Tally } from "./campaign/tally.ts";

const TERMINAL_MS = 200;
const LOG_MS = 10_000;

/** Where progress is written. */
export interface ProgressOutput {
  readonly isTerminal: boolean;
  write(text: string): void;
}

/** Progress of a campaign that began when this was made. */
export class Progress {
  readonly #output: ProgressOutput;
  readonly #beginMs: number;
  #lastMs: number;

  constructor(output: ProgressOutput, nowMs: number) {
    this.#output = output;
    this.#beginMs = this.#lastMs = nowMs;
  }

  /** Something was counted. */
  show(tally: Tally, nowMs: number): void {
    const { isTerminal } = this.#output;
    if (nowMs < this.#lastMs + (isTerminal ? TERMINAL_MS : LOG_MS)) return;
    this.#lastMs = nowMs;
    const line = describeProgress(tally, (nowMs - this.#beginMs) / 1000);
    this.#output.write(isTerminal ? `\r\x1b[K${line}` : `${line}\n`);
  }

  /** Makes way for results. */
  clear(): void {
    if (this.#output.isTerminal) this.#output.write("\r\x1b[K");
  }
}

/** One line about a campaign. */
export function describeProgress(tally: Tally, seconds: number): string {
  const { seeds, violations, coverage: { source, marks } } = tally;
  const cells = Object.values(source).flatMap((row) => Object.keys(row)).length;
  const taken = Object.values(marks).filter((count) => count > 0).length;
  return [
    `${seconds.toFixed(0)} s`,
    `${seeds} seeds`,
    `${(seeds / Math.max(seconds, 0.001)).toFixed(1)} a second`,
    `${violations.length} violations`,
    `${cells} states of faults`,
    `${taken} of ${Object.keys(marks).length} rare paths`,
  ].join(", ");
}
