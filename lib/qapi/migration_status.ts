/**
 * The statuses of a migration (QAPI's `MigrationStatus`) and the one table of the transitions between them, from
 * which check and diagram derive.
 *
 * The hard thing is that QEMU has no such table: its setter is a compare-and-swap that does nothing on a mismatch,
 * and `failed` is written from a dozen places, which caused several of its bugs. Here every change goes through
 * `step`, and a transition that the table does not hold is a bug of the caller. The rows are dated, so that the same
 * table judges the embedded engine and real QEMUs.
 *
 * @module
 */

import { InvariantError } from "../invariant.ts";
import { compareVersions, EMBEDDED_VERSION, type QemuVersion } from "./qemu_version.ts";

/**
 * Every status of QEMU 7.2 to 11.1, in QAPI's order.
 *
 * - `none`: no migration yet
 * - `setup`: channels are being connected
 * - `cancelling`, `cancelled`: cleaning up after a cancel; done
 * - `active`: precopy
 * - `postcopy-device`: the package is out, the destination has not confirmed it yet (10.2)
 * - `postcopy-active`: the guest runs on the destination, pages follow
 * - `postcopy-paused`: postcopy lost its channels and waits for a recovery
 * - `postcopy-recover-setup`: a recovery's channels are being connected (9.1; source only)
 * - `postcopy-recover`: a recovery's handshake
 * - `completed`: the guest is on the destination, whole
 * - `failing`, `failed`: cleaning up after an error (11.1); done
 * - `colo`, `wait-unplug`: see `UNUSED_STATUSES`
 * - `pre-switchover`: stopped before the switch, waits for `migrate-continue`
 * - `device`: the switch: devices are being saved
 */
export const MIGRATION_STATUSES = [
  "none",
  "setup",
  "cancelling",
  "cancelled",
  "active",
  "postcopy-device",
  "postcopy-active",
  "postcopy-paused",
  "postcopy-recover-setup",
  "postcopy-recover",
  "completed",
  "failing",
  "failed",
  "colo",
  "pre-switchover",
  "device",
  "wait-unplug",
] as const;

/** One of `MIGRATION_STATUSES`. */
export type MigrationStatus = typeof MIGRATION_STATUSES[number];

/** Which end of a migration: each has a status of its own, and a column of the table. */
export type Side = "source" | "destination";

/**
 * Statuses that no transition leads to: they belong to COLO and to failover network devices, which Faultline does not
 * drive.
 */
export const UNUSED_STATUSES = [
  "colo",
  "wait-unplug",
] as const satisfies readonly MigrationStatus[];

/** Transitions with the same cause into the same status. */
export interface Transition {
  readonly from: readonly MigrationStatus[];
  readonly to: MigrationStatus;
  /** What causes it, as an edge label: a command, or what happened. */
  readonly on: string;
  /** The first release that has it; absent: 7.2 and earlier. */
  readonly since?: QemuVersion;
  /** The last release that has it; absent: 11.1 and later. */
  readonly until?: QemuVersion;
}

/** Every legal transition of each side, with the releases that have it. */
export const TRANSITIONS: Readonly<Record<Side, readonly Transition[]>> = {
  source: [
    { from: ["none", "completed", "failed", "cancelled"], to: "setup", on: "migrate" },
    { from: ["setup"], to: "active", on: "main channel connected" },
    { from: ["active"], to: "pre-switchover", on: "pause-before-switchover" },
    { from: ["active"], to: "device", on: "switch", since: "10.0" },
    { from: ["active"], to: "postcopy-active", on: "switch to postcopy", until: "9.2" },
    { from: ["active"], to: "completed", on: "destination has every page", until: "9.2" },
    { from: ["pre-switchover"], to: "device", on: "migrate-continue" },
    { from: ["pre-switchover"], to: "postcopy-active", on: "migrate-continue", until: "9.2" },
    { from: ["device"], to: "postcopy-device", on: "package sent", since: "10.2" },
    { from: ["postcopy-device"], to: "postcopy-active", on: "package loaded", since: "10.2" },
    { from: ["device"], to: "postcopy-active", on: "package sent" },
    { from: ["device"], to: "completed", on: "destination has every page" },
    { from: ["postcopy-active"], to: "completed", on: "destination has every page" },
    { from: ["postcopy-active"], to: "postcopy-paused", on: "I/O error or migrate-pause" },
    { from: ["postcopy-paused"], to: "postcopy-recover", on: "migrate resume", until: "9.0" },
    { from: ["postcopy-paused"], to: "postcopy-recover-setup", on: "migrate resume", since: "9.1" },
    {
      from: ["postcopy-recover-setup"],
      to: "postcopy-recover",
      on: "main channel connected",
      since: "9.1",
    },
    {
      from: ["postcopy-recover-setup"],
      to: "postcopy-paused",
      on: "recovery failed",
      since: "9.1",
    },
    { from: ["postcopy-recover"], to: "postcopy-paused", on: "recovery failed" },
    { from: ["postcopy-recover"], to: "postcopy-active", on: "RESUME_ACK" },
    {
      from: ["setup", "active", "pre-switchover", "device"],
      to: "cancelling",
      on: "migrate_cancel",
    },
    {
      from: ["postcopy-active", "postcopy-paused", "postcopy-recover-setup", "postcopy-recover"],
      to: "cancelling",
      on: "migrate_cancel",
      until: "9.2",
    },
    { from: ["cancelling"], to: "cancelled", on: "cleaned up" },
    { from: ["setup", "active", "pre-switchover", "device"], to: "failed", on: "error" },
    { from: ["postcopy-device"], to: "failed", on: "error", since: "10.2" },
    {
      from: ["setup", "active", "pre-switchover", "device", "postcopy-device"],
      to: "failing",
      on: "error",
      since: "11.1",
    },
    { from: ["failing"], to: "failed", on: "cleaned up", since: "11.1" },
  ],
  destination: [
    { from: ["none"], to: "setup", on: "migrate-incoming" },
    { from: ["setup"], to: "active", on: "main channel accepted" },
    { from: ["active"], to: "postcopy-device", on: "LISTEN", since: "10.2" },
    { from: ["postcopy-device"], to: "postcopy-active", on: "RUN", since: "10.2" },
    { from: ["active"], to: "postcopy-active", on: "LISTEN" },
    { from: ["active", "postcopy-active"], to: "completed", on: "every page is here" },
    { from: ["setup", "active", "postcopy-active"], to: "failed", on: "error" },
    { from: ["postcopy-device"], to: "failed", on: "error", since: "10.2" },
    { from: ["postcopy-active"], to: "postcopy-paused", on: "I/O error or migrate-pause" },
    { from: ["postcopy-paused"], to: "postcopy-recover", on: "main channel accepted" },
    { from: ["postcopy-recover"], to: "postcopy-paused", on: "recovery failed" },
    { from: ["postcopy-recover"], to: "postcopy-active", on: "RESUME" },
  ],
};

/** Whether a release has this transition. */
export function existsIn(transition: Transition, version: QemuVersion): boolean {
  const { since, until } = transition;
  return (since === undefined || compareVersions(since, version) <= 0) &&
    (until === undefined || compareVersions(version, until) <= 0);
}

/** Whether the table holds a transition. @param version whose statuses count; the embedded engine's if not given */
export function canStep(
  side: Side,
  from: MigrationStatus,
  to: MigrationStatus,
  version: QemuVersion = EMBEDDED_VERSION,
): boolean {
  return TRANSITIONS[side].some((row) =>
    row.to === to && row.from.includes(from) && existsIn(row, version)
  );
}

/**
 * Makes a transition of the embedded engine: the only way to a new status.
 *
 * @returns `to`
 * @throws {InvariantError} when the table does not hold it, which is a bug of the caller
 *
 * @example
 * ```ts
 * import { assertEquals, assertThrows } from "@std/assert";
 * assertEquals(step("source", "none", "setup"), "setup");
 * assertThrows(() => step("source", "postcopy-paused", "failed"));
 * ```
 */
export function step<To extends MigrationStatus>(side: Side, from: MigrationStatus, to: To): To {
  if (canStep(side, from, to)) return to;
  const legal = MIGRATION_STATUSES.filter((next) => canStep(side, from, next));
  throw new InvariantError(
    `Cannot go from ${from} to ${to} on the ${side}: expected one of [${legal.join(", ")}]`,
  );
}

/** Whether a migration has ended in this status, well or badly. */
export function isTerminal(status: MigrationStatus): boolean {
  return status === "completed" || status === "failed" || status === "cancelled";
}

/** Whether a migration is under way in this status; paused and cleaning up count (QEMU's `migration_is_running`). */
export function isRunning(status: MigrationStatus): boolean {
  return status !== "none" && !isTerminal(status);
}

/**
 * Whether the switch to postcopy is made in this status, so that a cancel is refused (QEMU's
 * `migration_in_postcopy`).
 */
export function isPostcopy(status: MigrationStatus): boolean {
  return status.startsWith("postcopy-");
}

/**
 * One side's transitions as a mermaid state diagram, without code fence and final newline.
 *
 * @param version whose transitions are drawn; the embedded engine's if not given
 *
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * assertStringIncludes(statusDiagram("source"), "postcopy_active --> postcopy_paused : I/O error or migrate-pause");
 * ```
 */
export function statusDiagram(side: Side, version: QemuVersion = EMBEDDED_VERSION): string {
  const rows = TRANSITIONS[side].filter((row) => existsIn(row, version));
  const drawn = new Set(rows.flatMap((row) => [...row.from, row.to]));
  return [
    "stateDiagram-v2",
    ...[...drawn].filter((status) => idOf(status) !== status)
      .map((status) => `    state "${status}" as ${idOf(status)}`),
    "    [*] --> none",
    ...rows.flatMap((row) =>
      row.from.map((from) => `    ${idOf(from)} --> ${idOf(row.to)} : ${row.on}`)
    ),
  ].join("\n");
}

/** Mermaid takes no hyphens in a state's id. */
function idOf(status: MigrationStatus): string {
  return status.replaceAll("-", "_");
}
