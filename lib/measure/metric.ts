/**
 * What a row of the table of metrics says.
 *
 * @module
 */

/** Which way is better; "neither" for what describes a run and does not judge it. */
export type Better = "lower" | "higher" | "neither";

/** The clocks of `--clock`. What only a real machine has is absent in virtual time. */
export type ClockKind = "real" | "virtual";

/** What one metric is. */
export interface Metric {
  /** Ends the name, too. "share" is a number in [0, 1], "count" and "bytes" are integers. */
  readonly unit: "ms" | "us" | "mib-per-s" | "mib" | "bytes" | "count" | "share";
  readonly better: Better;
  readonly clocks: readonly ClockKind[];
  /** Two to four sentences: what it is, how it is measured, its pitfalls. */
  readonly meaning: string;
}

/** For `Metric.clocks`. */
export const BOTH_CLOCKS = ["real", "virtual"] as const satisfies readonly ClockKind[];
export const REAL_CLOCK = ["real"] as const satisfies readonly ClockKind[];
