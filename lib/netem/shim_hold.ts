/**
 * What a shim notes of the preempt channel's records, so that a page request's latency can be told from the shim's delay.
 *
 * @module
 */

/** One write on a preempt channel that the shim held back. */
export interface ShimHold {
  /** The connect phase of the channel: 0 = start of the migration, k = k-th recovery. */
  readonly phase: number;
  /**
   * Which write of its channel this is, from 0; the source writes each preempt record with one write. Writes not held count
   * too.
   */
  readonly record: number;
  /** When the engine wrote it, in microseconds of the World's clock. */
  readonly enqueuedUs: number;
  /** When the shim let its last byte go on; the link's own latency comes after. */
  readonly releasedUs: number;
}
