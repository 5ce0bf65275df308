/**
 * What a shim notes of the connects of main and preempt, so that a report can show which of them was slow, and for how long.
 *
 * @module
 */

import type { ShimRole } from "./conditions.ts";

/** One connect. Times are microseconds of the World's clock. */
export interface ConnectRecord {
  readonly role: ShimRole;
  /** The connect phase: 0 = start of the migration, k = k-th recovery. */
  readonly phase: number;
  readonly beginUs: number;
  /** When whoever waits for it could go on; `null`: it has not ended. */
  readonly endUs: number | null;
  /** Why it failed; `null`: it did not, so far. */
  readonly failure: string | null;
}
