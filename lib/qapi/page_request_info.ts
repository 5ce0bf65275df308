/**
 * The answer to `x-query-page-requests`, a command of ours.
 *
 * @module
 */

import type { PageRequestEntry } from "../ram/page_request_log.ts";

/** An interval in which the migration thread waited for the preempt channel to exist; `endUs` is `null` while it waits. */
export interface PreemptWaitInfo {
  /** The connect phase: 0 = start, k = k-th recovery. */
  readonly phase: number;
  readonly beginUs: number;
  readonly endUs: number | null;
}

/** What one side knows about page requests. Times are microseconds of the engine's clock. */
export interface PageRequestInfo {
  readonly entries: readonly PageRequestEntry[];
  /** Entries that a full ring has lost. */
  readonly dropped: number;
  /** Source only. */
  readonly "preempt-waits": readonly PreemptWaitInfo[];
}
