/**
 * Versions of QEMU: what the tables of this folder are dated by, and what `query-version` answers.
 *
 * @module
 */

/** A release of QEMU, e.g. `"7.2"` or `"10.0"`. Compare with `compareVersions`, not as text. */
export type QemuVersion = `${number}.${number}`;

/** QAPI's `VersionInfo`: the answer to `query-version`, and a part of the greeting. */
export interface VersionInfo {
  readonly qemu: { readonly major: number; readonly minor: number; readonly micro: number };
  /** What the builder calls it; Faultline's engine says so here. */
  readonly package: string;
}

/** A version in full: `7.2.22`, and what its builder calls it where it says so. */
export function formatVersion({ qemu, package: builder }: VersionInfo): string {
  const { major, minor, micro } = qemu;
  return `${major}.${minor}.${micro}${builder === "" ? "" : ` (${builder})`}`;
}

/** What the embedded engine says of itself. */
export const EMBEDDED_VERSION_INFO: VersionInfo = {
  qemu: { major: 10, minor: 0, micro: 0 },
  package: "Faultline",
};

/** The release whose statuses and refusals the embedded engine has. */
export const EMBEDDED_VERSION: QemuVersion = releaseOf(EMBEDDED_VERSION_INFO);

/** Negative where `a` is the older one, 0 for the same, positive where `a` is the newer one. */
export function compareVersions(a: QemuVersion, b: QemuVersion): number {
  const [majorA = 0, minorA = 0] = a.split(".").map(Number);
  const [majorB = 0, minorB = 0] = b.split(".").map(Number);
  return majorA - majorB || minorA - minorB;
}

/**
 * The release that a `query-version` answer stands for.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(releaseOf({ qemu: { major: 7, minor: 2, micro: 22 }, package: "Debian" }), "7.2");
 * ```
 */
export function releaseOf(info: VersionInfo): QemuVersion {
  return `${info.qemu.major}.${info.qemu.minor}`;
}
