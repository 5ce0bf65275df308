/**
 * Migration capabilities: what can be switched on before a migration starts, and which combinations are refused.
 *
 * A capability that QEMU has and the engine has not is refused when it is switched on, never ignored: a bench that
 * believed in it would measure something else.
 *
 * @module
 */

import { genericError } from "./qmp_error.ts";

/**
 * The engine's capabilities, in QAPI's spelling and order. All are off at first.
 *
 * - `events`: MIGRATION and MIGRATION_PASS events
 * - `postcopy-ram`: the guest may move before its RAM; set on both sides
 * - `release-ram`: the source gives sent pages back during postcopy (no recovery then)
 * - `return-path`: the destination answers in precopy too; postcopy has it anyway
 * - `pause-before-switchover`: stop in `pre-switchover` until `migrate-continue`
 * - `postcopy-blocktime`: the destination measures how long vCPUs wait for pages
 * - `postcopy-preempt`: requested pages have a channel of their own; set on both sides
 */
export const CAPABILITIES = [
  "events",
  "postcopy-ram",
  "release-ram",
  "return-path",
  "pause-before-switchover",
  "postcopy-blocktime",
  "postcopy-preempt",
] as const;

/** One of the engine's capabilities. */
export type MigrationCapability = typeof CAPABILITIES[number];

/** Capabilities of QEMU 7.2 to 11.1 that the engine has not. */
export const UNSUPPORTED_CAPABILITIES = [
  "xbzrle",
  "rdma-pin-all",
  "auto-converge",
  "zero-blocks",
  "compress",
  "x-colo",
  "block",
  "multifd",
  "dirty-bitmaps",
  "late-block-activate",
  "x-ignore-shared",
  "validate-uuid",
  "background-snapshot",
  "zero-copy-send",
  "switchover-ack",
  "dirty-limit",
  "mapped-ram",
] as const;

/** What is switched on. */
export type Capabilities = Readonly<Record<MigrationCapability, boolean>>;

/**
 * QAPI's `MigrationCapabilityStatus`, as `query-migrate-capabilities` answers and `migrate-set-capabilities` takes
 * it.
 */
export interface CapabilityStatus {
  readonly capability: MigrationCapability | typeof UNSUPPORTED_CAPABILITIES[number];
  readonly state: boolean;
}

/** Everything off. */
export const DEFAULT_CAPABILITIES: Capabilities = {
  "events": false,
  "postcopy-ram": false,
  "release-ram": false,
  "return-path": false,
  "pause-before-switchover": false,
  "postcopy-blocktime": false,
  "postcopy-preempt": false,
};

/** What a change of capabilities depends on besides the capabilities. */
export interface CapabilitySituation {
  /** An outgoing migration is under way. */
  readonly running: boolean;
  /** The engine listens for an incoming migration, or receives one. */
  readonly incomingStarted: boolean;
}

/** Combinations that are refused, each with QEMU's sentence. */
const RULES: readonly {
  readonly broken: (next: Capabilities, situation: CapabilitySituation) => boolean;
  readonly sentence: string;
}[] = [
  {
    broken: (next) => next["postcopy-preempt"] && !next["postcopy-ram"],
    sentence: "Postcopy preempt requires postcopy-ram",
  },
  {
    broken: (next, { incomingStarted }) => next["postcopy-preempt"] && incomingStarted,
    sentence: "Postcopy preempt must be set before incoming starts",
  },
];

/**
 * The capabilities after `migrate-set-capabilities`: all changes or none.
 *
 * @throws {QmpError} GenericError where a capability is not supported, a rule is broken, or a migration is under way
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * const idle = { running: false, incomingStarted: false };
 * const next = changeCapabilities(DEFAULT_CAPABILITIES, [{ capability: "postcopy-ram", state: true }], idle);
 * assert(next["postcopy-ram"]);
 * ```
 */
export function changeCapabilities(
  current: Capabilities,
  changes: readonly CapabilityStatus[],
  situation: CapabilitySituation,
): Capabilities {
  if (situation.running) throw genericError("There's a migration process in progress");
  const next = { ...current };
  for (const { capability, state } of changes) {
    if (isSupported(capability)) next[capability] = state;
    else if (state) {
      throw genericError(`Capability '${capability}' is not supported by Faultline's engine`);
    }
  }
  const rule = RULES.find(({ broken }) => broken(next, situation));
  if (rule !== undefined) throw genericError(rule.sentence);
  return next;
}

/** The answer to `query-migrate-capabilities`: the capabilities that the engine has. */
export function listCapabilities(capabilities: Capabilities): CapabilityStatus[] {
  return CAPABILITIES.map((capability) => ({ capability, state: capabilities[capability] }));
}

function isSupported(
  capability: CapabilityStatus["capability"],
): capability is MigrationCapability {
  return Object.hasOwn(DEFAULT_CAPABILITIES, capability);
}
