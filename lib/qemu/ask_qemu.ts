/**
 * Asks a QEMU what it is and what it may do here, before anything depends on it. Whether postcopy is possible is known only to
 * a QEMU that waits for a migration: it tries userfaultfd when the capability is switched on.
 *
 * @module
 */

import type { VersionInfo } from "../qapi/qemu_version.ts";
import { QmpError } from "../qapi/qmp_error.ts";
import type { Side } from "../qapi/migration_status.ts";
import { type Address, formatAddress } from "../world/address.ts";
import type { World } from "../world/world.ts";
import { connectQmp, type QmpClient, QmpClosedError } from "../qmp/qmp_client.ts";
import { QemuStartError } from "./qemu_error.ts";
import { type QemuOptions, QemuProcess } from "./qemu_process.ts";

/** Far longer than a QEMU that does nothing takes for an answer. */
const ANSWER_TIMEOUT_US = 30_000_000;

/** Who listens at a socket and does not greet for so long serves another client. */
const GREETING_TIMEOUT_US = 10_000_000;

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
  try {
    const refusal = await askForPostcopy(qemu.qmp);
    // 7.2 says what is missing on its standard error only.
    const noPostcopy = refusal && [refusal, qemu.errors].filter(Boolean).join(": ");
    return { version: qemu.qmp.version, noPostcopy };
  } catch (error) {
    if (!(error instanceof QmpClosedError)) throw error;
    throw new QemuStartError(`Cannot ask QEMU: ${error.message}, the process ${qemu.describe()}`);
  }
}

/**
 * Asks a QEMU that somebody else started, and leaves it as it was.
 *
 * @throws {QemuStartError} when it cannot be reached, does not speak QMP, or is not in the state that its side begins in.
 */
export async function askAttached(
  operator: Pick<World, "clock" | "mainLoop" | "network">,
  side: Side,
  address: Address,
): Promise<QemuFacts> {
  const place = `the ${side} at ${formatAddress(address)}`;
  try {
    await using qmp = await connectQmp(operator, address, { answerTimeoutUs: GREETING_TIMEOUT_US });
    await checkState(qmp, side, place);
    const noPostcopy = side === "destination" ? await askForPostcopy(qmp) : null;
    return { version: qmp.version, noPostcopy };
  } catch (error) {
    if (!(error instanceof QmpClosedError)) throw error;
    const hint = /did not greet/.test(error.message) ? " (it serves one client at a time)" : "";
    throw new QemuStartError(
      `Cannot attach to ${place}: expected QEMU's QMP, received "${error.message}"${hint}`,
    );
  }
}

/** @throws {QemuStartError} when a migration cannot begin there. */
async function checkState(qmp: QmpClient, side: Side, place: string): Promise<void> {
  const { status: runState } = await qmp.execute("query-status");
  const { status = "none" } = await qmp.execute("query-migrate");
  const isReady = side === "destination"
    ? runState === "inmigrate" && status === "none"
    : runState !== "inmigrate" && ["none", "failed", "cancelled"].includes(status);
  if (isReady) return;
  const expected = side === "destination"
    ? "a QEMU that waits for a migration (-incoming defer)"
    : "a QEMU that has a guest and does not migrate";
  throw new QemuStartError(
    `Cannot attach to ${place}: expected ${expected}, received one whose guest is ${runState} ` +
      `and whose migration is ${status}`,
  );
}

/** Tries postcopy's capability, and puts it back. @returns why it is refused; `null`: it is not. */
async function askForPostcopy(qmp: QmpClient): Promise<string | null> {
  const before = await qmp.execute("query-migrate-capabilities");
  const capability = "postcopy-ram";
  const set = async (state: boolean) => {
    await qmp.execute("migrate-set-capabilities", { capabilities: [{ capability, state }] });
  };
  try {
    await set(true);
  } catch (error) {
    if (!(error instanceof QmpError)) throw error;
    return error.desc;
  }
  if (!before.some((one) => one.capability === capability && one.state)) await set(false);
  return null;
}
