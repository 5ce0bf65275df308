/**
 * What has become of a migration when its run has ended. The hard thing is a QEMU that is no more, or that lives and answers nothing:
 * what it was last, and how it ended or fell silent, is the result.
 *
 * @module
 */

import type { EnginePair, EngineSide, RamVerdict } from "../lib/pair/pair.ts";
import type { Side } from "../lib/qapi/migration_status.ts";
import { QmpClosedError } from "../lib/qmp/qmp_client.ts";
import type { RunOutcome } from "../lib/report/result.ts";
import type { ExpectedOutcome } from "./scenario.ts";

/** One side at the end. */
interface SideOutcome {
  /** QAPI's MigrationStatus, or one that we do not know. */
  readonly status: string;
  /** `null`: it does not say. */
  readonly running: boolean | null;
  /** What has become of an engine that ended or fell silent, as the end of a sentence. */
  readonly end: string | null;
}

/** What came out, and what must not have happened, as sentences. */
export interface JudgedOutcome {
  readonly outcome: RunOutcome;
  readonly problems: readonly string[];
}

/** Looks at both sides. The guest is stopped for it. @throws {QmpClosedError} when the signal has ended the run. */
export async function judgeOutcome(
  pair: EnginePair,
  expected: ExpectedOutcome | null,
  signal: AbortSignal,
): Promise<JudgedOutcome> {
  const source = await lookAt(pair.source, signal);
  const destination = await lookAt(pair.destination, signal);
  const guest = placeOf(source.running, destination.running);
  const side: Side = guest === "source" ? "source" : "destination";
  const ram = await verifyRam(pair, side, signal);
  const outcome = {
    source: source.status,
    destination: destination.status,
    ram: ram.verdict,
    guest,
  };
  return {
    outcome,
    problems: [
      ...describeEnd("source", source, expected),
      ...describeEnd("destination", destination, expected),
      ...describeGuest(guest, side, ram),
      ...describeUnexpected(outcome, expected),
    ],
  };
}

async function lookAt(side: EngineSide, signal: AbortSignal): Promise<SideOutcome> {
  try {
    const { status = "none" } = await side.qmp.execute("query-migrate");
    const { running } = await side.qmp.execute("query-status");
    return { status, running, end: null };
  } catch (error) {
    if (!(error instanceof QmpClosedError) || signal.aborted) throw error;
    const last = side.qmp.events.findLast(({ event }) => event === "MIGRATION");
    const status = String(last?.data["status"] ?? "none");
    const { silence } = side.qmp;
    if (silence !== null) return { status, running: null, end: silence };
    return { status, running: false, end: await side.describeEnd() ?? "closed its QMP" };
  }
}

/** The verdict; also on a side that ends or falls silent while it is looked at. */
async function verifyRam(pair: EnginePair, side: Side, signal: AbortSignal): Promise<RamVerdict> {
  try {
    return await pair.verifyRam(side);
  } catch (error) {
    if (!(error instanceof QmpClosedError) || signal.aborted) throw error;
    const end = pair[side].qmp.silence ?? await pair[side].describeEnd() ?? "closed its QMP";
    return { verdict: "incomplete", detail: `the ${side} ${end}` };
  }
}

function placeOf(onSource: boolean | null, onDestination: boolean | null): RunOutcome["guest"] {
  if (onSource === null || onDestination === null) return "unknown";
  if (onSource) return onDestination ? "both" : "source";
  return onDestination ? "destination" : "none";
}

/** A QEMU whose incoming migration came to nothing exits with 1, as it should; nothing else may end one. */
function describeEnd(
  side: Side,
  { status, end }: SideOutcome,
  expected: ExpectedOutcome | null,
): string[] {
  if (expected?.ends === side) return end === null ? [`the ${side} lives`] : [];
  if (end === null) return [];
  const isRegular = side === "destination" && /^exited with code [01]\b/.test(end) &&
    !status.startsWith("postcopy-");
  return isRegular ? [] : [`the ${side} ${end}`];
}

function describeGuest(guest: RunOutcome["guest"], side: Side, ram: RamVerdict): string[] {
  if (guest === "both") return ["the guest runs on both sides"];
  return ram.verdict === "different" ? [`the ${side}'s RAM is not the guest's: ${ram.detail}`] : [];
}

function describeUnexpected(outcome: RunOutcome, expected: ExpectedOutcome | null): string[] {
  return Object.entries(expected?.outcome ?? {}).flatMap(([field, value]) => {
    const found = outcome[field as keyof RunOutcome];
    return found === value ? [] : [`${field} expected ${value}, received ${found}`];
  });
}
