/**
 * What a machine's vCPUs are doing (QAPI's `RunState`).
 *
 * @module
 */

/**
 * The run states that a migration goes through, in QAPI's spelling.
 *
 * - `prelaunch`: not started yet (`-S`)
 * - `inmigrate`: waits for, or loads, an incoming migration
 * - `running`: the vCPUs run
 * - `paused`: stopped by the `stop` command, or by a failed migration of a stopped guest
 * - `finish-migrate`: stopped for the switch, on the source
 * - `postmigrate`: stopped for good after a migration away
 */
export const RUN_STATES = [
  "prelaunch",
  "inmigrate",
  "running",
  "paused",
  "finish-migrate",
  "postmigrate",
] as const;

/** One of `RUN_STATES`. */
export type RunState = typeof RUN_STATES[number];

/** QAPI's `StatusInfo`: the answer to `query-status`. */
export interface StatusInfo {
  readonly status: RunState;
  /** Whether the vCPUs run. */
  readonly running: boolean;
}
