/**
 * The answer to `x-query-guest`, a command of ours.
 *
 * @module
 */

/** One vCPU. */
export interface VcpuInfo {
  /** Steps of the guest program that it has done, as last seen here. */
  readonly steps: number;
  /** Microseconds that it was blocked in page faults here, the present one included. */
  readonly "blocked-us": number;
}

/** What the vCPUs have done. */
export interface GuestInfo {
  readonly vcpus: readonly VcpuInfo[];
  /** Every vCPU has done its quota of writes, as far as is known here: one that has just arrived must have run first. */
  readonly finished: boolean;
  /** How many slots did not hold what they must: not 0 means that the guest's memory is corrupt. */
  readonly "violation-count": number;
  /** The first of them, as sentences. */
  readonly violations: readonly string[];
}
