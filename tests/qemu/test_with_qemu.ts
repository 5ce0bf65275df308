/**
 * Registers tests that need a real QEMU. Where there is none, or it may not do what a test needs, the test is skipped and its
 * name says why; with `FAULTLINE_REQUIRE_QEMU=1` it runs, and fails with the reason.
 *
 * @module
 */

import { deadline } from "@std/async";
import { releaseOf } from "../../lib/qapi/qemu_version.ts";
import { askQemu, type QemuFacts } from "../../lib/qemu/ask_qemu.ts";
import { QemuMissingError } from "../../lib/qemu/qemu_error.ts";
import { openRealtimeWorld } from "../../lib/world/realtime/realtime_world.ts";

/**
 * What a test needs: any QEMU; one with userfaultfd (root's, as a rule); or such a one of the release whose ways the tests know, which
 * is skipped with any other, required or not.
 */
export type Need = "qemu" | "any-postcopy" | "postcopy";

/** The release that Debian 12 has, and `.ci/run` with it. */
export const RELEASE = "7.2";

/** A test that takes longer hangs. The longest takes 5 s. */
const TIMEOUT_MS = 120_000;

const lacking: Readonly<Record<Need, string | null>> = await findLacking();

/** Registers a test. @param need @default {"postcopy"} */
export function testWithQemu(
  name: string,
  body: () => Promise<void>,
  { need = "postcopy" }: { readonly need?: Need } = {},
): void {
  const reason = lacking[need];
  Deno.test({
    name: reason === null ? name : `${name} (skipped: ${reason})`,
    ignore: reason !== null,
    fn: () => deadline(body(), TIMEOUT_MS),
  });
}

/** Why tests with each need cannot run here; `null` where they can, or must. */
async function findLacking(): Promise<Record<Need, string | null>> {
  const isRequired = Deno.env.get("FAULTLINE_REQUIRE_QEMU") === "1";
  const facts = await ask();
  if (facts instanceof QemuMissingError) {
    const reason = isRequired ? null : facts.message;
    return { "qemu": reason, "any-postcopy": reason, "postcopy": reason };
  }
  const noPostcopy = isRequired ? null : facts.noPostcopy;
  return {
    "qemu": null,
    "any-postcopy": noPostcopy,
    "postcopy": noPostcopy ?? otherRelease(facts),
  };
}

function otherRelease({ version }: QemuFacts): string | null {
  const release = releaseOf(version);
  return release === RELEASE ? null : `this QEMU is ${release}, expected ${RELEASE}`;
}

async function ask(): Promise<QemuFacts | QemuMissingError> {
  const operator = openRealtimeWorld({ seed: 1 });
  try {
    return await askQemu({ operator });
  } catch (error) {
    if (!(error instanceof QemuMissingError)) throw error;
    return error;
  } finally {
    await operator.close();
  }
}
