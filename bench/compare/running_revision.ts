/**
 * A revision that can be told to run.
 *
 * @module
 */

import type { RunResult } from "../../lib/report/result.ts";
import type { Turn } from "./turns_process.ts";

/** What is run of a revision. */
export interface RevisionRun {
  /** Options of the bench that say what is to be run: `--suite NAME`, or `--scenario FILE`. */
  readonly what: readonly string[];
  /** Ends what goes on. */
  readonly signal: AbortSignal;
}

/** Dispose of it: that ends whatever runs. */
export interface RunningRevision extends AsyncDisposable {
  /**
   * Runs everything once. Resolves with a run of each arm; with `null` if the signal ended it.
   *
   * @throws {CompareError} where it measures nothing.
   */
  turn(turn: Turn): Promise<readonly RunResult[] | null>;
}
