/**
 * What a row of the table of metrics says.
 *
 * @module
 */

/** Which way is better; "neither" for what describes a run and does not judge it. */
export type Better = "lower" | "higher" | "neither";

/** The clocks of `--clock`. What only a real machine has is absent in virtual time. */
export type ClockKind = "real" | "virtual";

/** How far a figure may move before a gate speaks of it. */
export interface Gate {
  /**
   * In virtual time, where figures are exact: a change of at most this share of the old figure passes. `null`: not gated there.
   */
  readonly virtual: number | null;
  /**
   * In real time: the smallest change of interest, as a share of the base's figure. From there on a comparison fails, and it must have been
   * able to see one before it says that there is none. It follows from the metric's noise from run to run on a machine that is fit for it.
   * `null`: not gated there.
   */
  readonly real: number | null;
}

/** What one metric is. */
export interface Metric {
  /** Ends the name, too. "share" is a number in [0, 1], "count" and "bytes" are integers. */
  readonly unit: "ms" | "us" | "mib-per-s" | "mib" | "bytes" | "count" | "share";
  readonly better: Better;
  readonly clocks: readonly ClockKind[];
  readonly gate: Gate;
  /** Two to four sentences: what it is, how it is measured, its pitfalls. */
  readonly meaning: string;
}

/** For `Metric.clocks`. */
export const BOTH_CLOCKS = ["real", "virtual"] as const satisfies readonly ClockKind[];
export const REAL_CLOCK = ["real"] as const satisfies readonly ClockKind[];

/** For `Metric.gate`: of what explains other figures, or says what the machine is like. */
export const NOT_GATED: Gate = { virtual: null, real: null };

/**
 * For `Metric.gate`: of a figure that only virtual time gates, since in real time the machine moves it more than any change of the code, or
 * another metric says the same with less noise. A hundredth of it is less than what one more system call for each page makes.
 */
export const GATED_IN_VIRTUAL_TIME: Gate = { virtual: 0.01, real: null };

/** For `Metric.gate`: of a figure that both clocks gate. @param real `Gate.real`. */
export function gatedInBothClocks(real: number): Gate {
  return { virtual: 0.01, real };
}

/** For `Metric.gate`: of a figure that only a real machine has. @param real `Gate.real`. */
export function gatedInRealTime(real: number): Gate {
  return { virtual: null, real };
}
