/**
 * How a simulated run ended, and what it left behind.
 *
 * @module
 */

import type { Ending } from "./scheduler.ts";

/** A thread that has not returned. */
export interface WaitingThread {
  readonly world: string;
  readonly thread: string;
  /** What it waits in, e.g. "read of the main channel at unix:/run/destination". */
  readonly waitsIn: string;
}

/** What there is at a moment of a run. */
export interface Inventory {
  /** Threads that have not returned, oldest world and thread first. */
  readonly threads: readonly WaitingThread[];
  /** Ends of channels that their owner has not closed. */
  readonly channels: readonly string[];
  /** Addresses that are listened at. */
  readonly listeners: readonly string[];
  /** Connects that are under way. */
  readonly connects: readonly string[];
}

/** A run's end, with what it has left behind. */
export interface Outcome extends Inventory {
  /**
   * - `returned`: main has returned.
   * - `deadlock`: nothing was runnable and no timer set, so main would have waited for ever.
   * - `time-limit`: virtual time has come to the limit.
   * - `step-limit`: so many steps were taken as the options allow.
   * - `livelock`: threads went on and on without time passing.
   */
  readonly kind: Ending;
  /** Virtual time at the end, in integer microseconds. */
  readonly nowUs: number;
  /** Steps taken: how often a task was given the loop. */
  readonly steps: number;
}

/**
 * Whether a run ended as a clean one does: main has returned, and nothing was left.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * assert(isClean({
 *   kind: "returned",
 *   nowUs: 5,
 *   steps: 1,
 *   threads: [],
 *   channels: [],
 *   listeners: [],
 *   connects: [],
 * }));
 * ```
 */
export function isClean({ kind, threads, channels, listeners, connects }: Outcome): boolean {
  return kind === "returned" &&
    threads.length + channels.length + listeners.length + connects.length === 0;
}
