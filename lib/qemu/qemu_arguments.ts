/**
 * The command line of a QEMU.
 *
 * @module
 */

/** The program, as Debian calls it. */
export const QEMU = "qemu-system-x86_64";

/** What each has. A translation buffer of 32 MiB, since the default takes as much memory as many guests. */
const BASE_ARGUMENTS: readonly string[] = [
  ...["-nodefaults", "-display", "none"],
  ...["-accel", "tcg,tb-size=32"],
];

/** What a QEMU is started with. */
export interface QemuArguments {
  /** The machine and what belongs to it. */
  readonly machine: readonly string[];
  /** A multiple of 8 KiB: QEMU rounds anything else up. */
  readonly ramBytes: number;
  /** It waits for `migrate-incoming` instead of starting its guest. */
  readonly incoming: boolean;
  /** Path of a Unix socket that the operator listens at: QEMU connects to it. */
  readonly operatorPath: string;
  /** Path of a Unix socket that QEMU listens at, for one more QMP client at a time. */
  readonly qmpPath: string;
  /** More of them, behind the others: of an option that is given twice QEMU takes the last. */
  readonly extra?: readonly string[];
}

/**
 * The arguments.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * const args = qemuArguments({
 *   machine: ["-machine", "none"],
 *   ramBytes: 16 << 20,
 *   incoming: true,
 *   operatorPath: "/tmp/run/operator.qmp",
 *   qmpPath: "/tmp/run/qemu.qmp",
 * });
 * assert(args.join(" ").endsWith("-m 16384k -qmp unix:/tmp/run/operator.qmp,server=off " +
 *   "-qmp unix:/tmp/run/qemu.qmp,server=on,wait=off -incoming defer"));
 * ```
 */
export function qemuArguments(options: QemuArguments): string[] {
  return [
    ...options.machine,
    ...BASE_ARGUMENTS,
    ...["-m", `${options.ramBytes / 1024}k`],
    ...["-qmp", `unix:${options.operatorPath},server=off`],
    ...["-qmp", `unix:${options.qmpPath},server=on,wait=off`],
    ...(options.incoming ? ["-incoming", "defer"] : []),
    ...options.extra ?? [],
  ];
}
