/**
 * Asks a QEMU what it is and what it may do here, before anything depends on it. Whether postcopy is possible is known only to
 * a QEMU that waits for a migration: it tries userfaultfd when the capability is switched on.
 *
 * @module
 */

import type { VersionInfo } from "../qapi/qemu_version.ts";
import { QmpError } from "../qapi/qmp_error.ts";
import { QmpClosedError } from "../qmp/qmp_client.ts";
import { QemuStartError } from "./qemu_error.ts";
import { type QemuOptions, QemuProcess } from "./qemu_process.ts";

/** Far longer than a QEMU that does nothing takes for an answer. */
const ANSWER_TIMEOUT_US = 30_000_000;

/** What a QEMU is and may do. */
export interface QemuFacts {
  readonly version: VersionInfo;
  /** Why it cannot be the destination of a postcopy migration here, in QEMU's words; `null` where it can. */
  readonly noPostcopy: string | null;
}

/**
 * Starts a QEMU, asks it, and ends it. Takes about 50 ms.
 *
 * @throws {QemuMissingError} when there is no such program.
 * @throws {QemuStartError} when it does not start, or does not answer.
 */
export async function askQemu(
  options: Pick<QemuOptions, "operator" | "program">,
): Promise<QemuFacts> {
  await using qemu = await QemuProcess.start({
    ...options,
    ramBytes: 1 << 20,
    incoming: true,
    answerTimeoutUs: ANSWER_TIMEOUT_US,
  });
  const { version } = qemu.qmp;
  try {
    await qemu.qmp.execute("migrate-set-capabilities", {
      capabilities: [{ capability: "postcopy-ram", state: true }],
    });
    return { version, noPostcopy: null };
  } catch (error) {
    if (error instanceof QmpClosedError) {
      throw new QemuStartError(`Cannot ask QEMU: ${error.message}, the process ${qemu.describe()}`);
    }
    if (!(error instanceof QmpError)) throw error;
    // 7.2 says what is missing on its standard error only.
    return { version, noPostcopy: [error.desc, qemu.errors].filter(Boolean).join(": ") };
  }
}
