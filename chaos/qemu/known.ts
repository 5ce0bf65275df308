/**
 * Known findings in real QEMU, as data: `chaos/known/*.yaml`. A finding says in which releases it is, how it shows, and which faults
 * it takes, so that a campaign is green on it, red on anything else, and says when it no longer happens.
 *
 * @module
 */

import { parse } from "yaml";
import { z } from "zod";
import { compareVersions, type QemuVersion } from "../../lib/qapi/qemu_version.ts";
import type { QemuHistory } from "./history.ts";
import type { QemuViolation } from "./oracles.ts";
import { QEMU_PLAN, type QemuFault } from "./plan.ts";

const RELEASE = z.string().regex(/^\d+\.\d+$/);

const KNOWN = z.strictObject({
  /** Its name, as the file's. */
  id: z.string(),
  title: z.string(),
  /** Which side's release counts, the first that has it, and the first that has it no more. */
  side: z.enum(["source", "destination"]),
  since: RELEASE.optional(),
  fixed: RELEASE.optional(),
  signature: z.strictObject({
    oracle: z.enum(["nobody-dies", "one-guest", "liveness", "qmp-answers", "memory"]),
    /** A regular expression that the violation's sentence fits. */
    message: z.string(),
    /** Kinds of fault of which the plan has one at least; absent: any plan. */
    faults: z.array(z.string()).optional(),
  }),
  /** The smallest plan that shows it. */
  plan: QEMU_PLAN,
  /** What was seen, where and how often. */
  seen: z.string(),
});

/** A known finding. */
export type KnownFinding = z.infer<typeof KNOWN>;

/** A file that is no known finding. */
export class KnownError extends Error {
  override readonly name = "KnownError";
}

/**
 * Reads a known finding. @param name what an error calls it.
 *
 * @throws {KnownError} naming the field.
 */
export function readKnown(text: string, name: string): KnownFinding {
  const { success, data, error } = KNOWN.safeParse(parse(text));
  if (success) return data;
  const [issue] = error.issues;
  throw new KnownError(
    `Cannot read known finding ${name}: ${issue?.path.join(".")}: ${issue?.message}`,
  );
}

/** All that lie beside this module. */
export async function loadKnown(
  folder: URL = new URL("../known/", import.meta.url),
): Promise<KnownFinding[]> {
  const found: KnownFinding[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith(".yaml")) continue;
    found.push(readKnown(await Deno.readTextFile(new URL(name, folder)), name));
  }
  return found.sort((a, b) => a.id.localeCompare(b.id));
}

/** The known finding that a violation is, or `null`: it is a new one. */
export function recognize(
  violation: QemuViolation,
  history: QemuHistory,
  known: readonly KnownFinding[],
): KnownFinding | null {
  return known.find((one) =>
    one.signature.oracle === violation.oracle &&
    new RegExp(one.signature.message).test(violation.message) &&
    appliesTo(one, history) &&
    hasOneOf(history.plan.faults, one.signature.faults)
  ) ?? null;
}

/** Whether the QEMUs of a run are of releases that have it. */
export function appliesTo(finding: KnownFinding, { sides }: QemuHistory): boolean {
  return isInRelease(finding, sides[finding.side].version);
}

function hasOneOf(faults: readonly QemuFault[], kinds: readonly string[] | undefined): boolean {
  return kinds === undefined || faults.some(({ kind }) => kinds.includes(kind));
}

/** Whether a release has it. @param version it may say more behind the release. */
export function isInRelease(
  { since, fixed }: Pick<KnownFinding, "since" | "fixed">,
  version: string,
): boolean {
  const release = version.split(".").slice(0, 2).join(".") as QemuVersion;
  return (since === undefined || compareVersions(release, since as QemuVersion) >= 0) &&
    (fixed === undefined || compareVersions(release, fixed as QemuVersion) < 0);
}
