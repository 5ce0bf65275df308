/**
 * What `query-migrate` answers (QAPI's `MigrationInfo`): how far a migration is and what it has cost.
 *
 * Every member is optional, as in QAPI: a release has some of them, and a status some of those. A source answers with
 * times and `ram`, a destination with the status and, where `postcopy-blocktime` is on, with what its vCPUs waited.
 *
 * @module
 */

import type { MigrationStatus } from "./migration_status.ts";

/**
 * RAM that a source has sent (QAPI's `MigrationStats`). Counts are since the migration started, recoveries included.
 */
export interface MigrationStats {
  /** Bytes sent, on all channels. */
  readonly transferred: number;
  /** Bytes of RAM that are still dirty. */
  readonly remaining: number;
  /** Bytes of the guest's RAM. */
  readonly total: number;
  /** Pages sent as zero pages. */
  readonly duplicate: number;
  /** Pages sent whole. */
  readonly normal: number;
  /** Bytes of the pages sent whole. */
  readonly "normal-bytes": number;
  /** Pages that the guest dirtied, per second, over the last dirty sync. */
  readonly "dirty-pages-rate": number;
  /** Throughput, in megabits per second. */
  readonly mbps: number;
  /** Dirty syncs. 7.2 and 11.1 count differently. */
  readonly "dirty-sync-count": number;
  /** Page requests received from the destination. */
  readonly "postcopy-requests": number;
  /** Bytes in a page. */
  readonly "page-size": number;
  /** Bytes sent while the guest ran on the source. */
  readonly "precopy-bytes": number;
  /** Bytes sent while the guest stood still. */
  readonly "downtime-bytes": number;
  /** Bytes sent after the switch to postcopy. */
  readonly "postcopy-bytes": number;
  /** Pages sent, per second. */
  readonly "pages-per-second": number;
}

/** How far a migration is. `{}`: no migration yet. */
export interface MigrationInfo {
  readonly status?: MigrationStatus;
  /** Milliseconds since `migrate`, or, at the end, from there to the end. */
  readonly "total-time"?: number;
  /** Milliseconds from `migrate` to the first iteration. */
  readonly "setup-time"?: number;
  /**
   * Milliseconds that the guest stood still; only once it has moved. QEMU's own figure can be wrong (7.2: the host's
   * uptime; 11.1: seconds off): STOP and RESUME events tell.
   */
  readonly downtime?: number;
  /** Why the migration failed or paused, for people. */
  readonly "error-desc"?: string;
  readonly ram?: MigrationStats;
  /** Destination with `postcopy-blocktime`: milliseconds during which every vCPU waited for a page. */
  readonly "postcopy-blocktime"?: number;
  /** Destination with `postcopy-blocktime`: milliseconds that each vCPU waited for pages. */
  readonly "postcopy-vcpu-blocktime"?: readonly number[];
  /** As above, since 10.1: nanoseconds that a page request took, on average. */
  readonly "postcopy-latency"?: number;
  /** As above, since 10.1: how many page requests took [2^N, 2^(N+1)) us, for N in [0, 24). */
  readonly "postcopy-latency-dist"?: readonly number[];
  /** As above, since 10.1: nanoseconds that a page request took, on average, for each vCPU. */
  readonly "postcopy-vcpu-latency"?: readonly number[];
  /** As above, since 10.1: nanoseconds that a page request took, on average, for threads that are no vCPUs. */
  readonly "postcopy-non-vcpu-latency"?: number;
}
