/**
 * Migration parameters: numbers and choices that may change at any time, during a migration too.
 *
 * @module
 */

import { genericError } from "./qmp_error.ts";
import type { ObjectOf } from "./value_type.ts";

/**
 * How the preempt channel's connect is made.
 *
 * - `blocking`: the main loop connects and serves nothing meanwhile (QEMU before 7.1, the commit before the change;
 *   never released)
 * - `async-at-setup`: a worker connects right after the main channel (QEMU 7.1 and 7.2)
 * - `async-after-main`: a worker connects when postcopy needs it and the main channel is proven (QEMU 8.0 and later)
 */
export const PREEMPT_CONNECT_POLICIES = ["blocking", "async-at-setup", "async-after-main"] as const;

/** One of the three policies. */
export type PreemptConnectPolicy = typeof PREEMPT_CONNECT_POLICIES[number];

/** The arguments of `migrate-set-parameters`, all optional. */
export const PARAMETER_MEMBERS = {
  "*max-bandwidth": "uint64",
  "*max-postcopy-bandwidth": "uint64",
  "*downtime-limit": "uint64",
  "*x-preempt-connect": { enum: PREEMPT_CONNECT_POLICIES },
} as const;

/** What `migrate-set-parameters` takes. */
export type ParameterChanges = ObjectOf<typeof PARAMETER_MEMBERS>;

/** Every parameter and its value. */
export interface MigrationParameters {
  /** Limit in precopy, in bytes per second; 0 = no limit. */
  readonly "max-bandwidth": number;
  /** Limit of the background stream in postcopy, in bytes per second; 0 = no limit. Requested pages do not count. */
  readonly "max-postcopy-bandwidth": number;
  /** How long the switch may stop the guest, in milliseconds in [0, 2000000]: precopy goes on until the rest fits. */
  readonly "downtime-limit": number;
  /** The policy of the next connect of the preempt channel. Faultline's own. */
  readonly "x-preempt-connect": PreemptConnectPolicy;
}

/** QEMU's defaults, and the policy of QEMU 8.0 and later. */
export const DEFAULT_PARAMETERS: MigrationParameters = {
  "max-bandwidth": 128 * 1024 * 1024,
  "max-postcopy-bandwidth": 0,
  "downtime-limit": 300,
  "x-preempt-connect": "async-after-main",
};

/** The longest `downtime-limit`, in milliseconds. */
export const DOWNTIME_LIMIT_MS_MAX = 2_000_000;

/** Parameters of QEMU 7.2 to 11.1 that the engine has not. */
export const UNSUPPORTED_PARAMETERS = [
  "announce-initial",
  "announce-max",
  "announce-rounds",
  "announce-step",
  "avail-switchover-bandwidth",
  "block-bitmap-mapping",
  "block-incremental",
  "compress-level",
  "compress-threads",
  "compress-wait-thread",
  "cpu-throttle-increment",
  "cpu-throttle-initial",
  "cpu-throttle-tailslow",
  "decompress-threads",
  "direct-io",
  "max-cpu-throttle",
  "mode",
  "multifd-channels",
  "multifd-compression",
  "multifd-qatzip-level",
  "multifd-zlib-level",
  "multifd-zstd-level",
  "throttle-trigger-threshold",
  "tls-authz",
  "tls-creds",
  "tls-hostname",
  "vcpu-dirty-limit",
  "x-checkpoint-delay",
  "x-vcpu-dirty-limit-period",
  "xbzrle-cache-size",
  "zero-page-detection",
] as const;

/**
 * The parameters after `migrate-set-parameters`: all changes or none. Types and words are checked before, by the
 * command's arguments.
 *
 * @throws {QmpError} GenericError where a value is out of range
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(changeParameters(DEFAULT_PARAMETERS, { "downtime-limit": 50 })["downtime-limit"], 50);
 * ```
 */
export function changeParameters(
  current: MigrationParameters,
  changes: ParameterChanges,
): MigrationParameters {
  const next = { ...current, ...changes };
  if (next["downtime-limit"] > DOWNTIME_LIMIT_MS_MAX) {
    throw genericError(
      "Parameter 'downtime-limit' expects an integer in the range of 0 to " +
        `${DOWNTIME_LIMIT_MS_MAX} ms`,
    );
  }
  return next;
}
