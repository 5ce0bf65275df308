/**
 * Oracles about commands: each is served where its status allows it, refused where it does not, and does what it says.
 *
 * A command meets every status that its engine had from when it was given until it was answered, so it is judged only where all of them
 * say the same.
 *
 * @module
 */

import {
  isPostcopy,
  isRunning,
  isTerminal,
  type MigrationStatus,
  type Side,
} from "../../lib/qapi/migration_status.ts";
import type { CommandRecord, History } from "../history.ts";
import { excusedUs, slownessOf } from "./disturbance.ts";
import { at, type Oracle } from "./oracle.ts";
import { deathUs, endUs, statusesOf } from "./view.ts";

/** How long an undisturbed engine may take to show as a status that its session has ended. */
const SHOWN_US_MAX = 20_000;

export const COMMAND_ORACLES = {
  "commands-fit-status": {
    states:
      "a command is served where its status allows it, and refused as GenericError where it does not",
    check: (history) => firstOf(history, judgeService),
  },
  "commands-not-refused": {
    states: "no command is refused that its status calls for",
    check: (history) => firstOf(history, judgeRefusal),
  },
} as const satisfies Record<string, Oracle>;

function firstOf(
  history: History,
  judge: (history: History, record: CommandRecord) => string | null,
): string | null {
  for (const record of history.commands) {
    const sentence = record.answeredUs === null ? null : judge(history, record);
    if (sentence !== null) return sentence;
  }
  return null;
}

/** Whether a status allows a command; `null`: that does not depend on the status. */
function isAllowed(
  { plan }: History,
  { command, side, arguments: args }: CommandRecord,
  status: MigrationStatus,
): boolean | null {
  switch (command) {
    case "migrate":
      if (args.resume !== true) return !isRunning(status);
      return status === "postcopy-paused" && !plan.capabilities.includes("release-ram");
    case "migrate_cancel":
      return !isPostcopy(status);
    case "migrate-pause":
      return isPostcopy(status);
    case "migrate-recover":
      return status === "postcopy-paused";
    case "migrate-continue":
      return status === "pre-switchover";
    case "cont":
      return mayRun(side, status);
    default:
      return null;
  }
}

/** Whether `cont` may run the guest on a side; `null`: the status alone does not say. */
function mayRun(side: Side, status: MigrationStatus): boolean | null {
  if (side === "destination") return isPostcopy(status) || status === "completed" ? null : false;
  if (isPostcopy(status) || status === "completed") return false;
  return isTerminal(status) ? true : null;
}

/** Where `migrate_cancel` cannot be served and leave the status as it is. Behind a migration's end it does nothing. */
const CANCELLABLE: readonly MigrationStatus[] = ["setup", "active", "pre-switchover", "device"];

function judgeService(history: History, record: CommandRecord): string | null {
  const { engine, command, error, statusesMeanwhile, askedUs } = record;
  if (error !== null && error.errorClass !== "GenericError") {
    return `The ${engine} refused ${command} as ${error.errorClass}, given ${at(askedUs)}`;
  }
  const statusAnswered = statusesMeanwhile.at(-1)!;
  const stays = statusesMeanwhile.every((status) => CANCELLABLE.includes(status));
  if (command === "migrate_cancel" && error === null && stays) {
    return `The ${engine} served migrate_cancel, given ${
      at(askedUs)
    }, and stayed ${statusAnswered}`;
  }
  const isForbidden = statusesMeanwhile.every((status) =>
    isAllowed(history, record, status) === false
  );
  if (!isForbidden || error !== null) return null;
  return `The ${engine} served ${command}, given ${at(askedUs)}, although it was ${
    statusesMeanwhile.join(", then ")
  }`;
}

function judgeRefusal(history: History, record: CommandRecord): string | null {
  const { engine, command, error, statusesMeanwhile, askedUs } = record;
  if (error === null || !isCalledFor(history, record)) return null;
  return `The ${engine} refused ${command}, given ${at(askedUs)} in ${
    statusesMeanwhile.join(", then ")
  }: ${error.desc}`;
}

/** Whether whatever an engine was in while it had a command calls for that command. */
function isCalledFor(history: History, record: CommandRecord): boolean {
  const { command, side, arguments: args, statusesMeanwhile } = record;
  const isAlways = (statuses: readonly MigrationStatus[]) =>
    statusesMeanwhile.every((status) => statuses.includes(status));
  switch (command) {
    case "migrate_cancel":
      return isAlways(["none", "setup", "active", "pre-switchover", "cancelling", "cancelled"]);
    case "migrate":
      return args.resume === true && isAlways(["postcopy-paused"]) &&
        isAllowed(history, record, "postcopy-paused") === true;
    case "migrate-recover":
      return isAlways(["postcopy-paused"]) && !isRecovering(history, record);
    case "migrate-pause":
      return isAlways(["postcopy-active", "postcopy-recover"]) && staysOn(history, record);
    case "migrate-continue":
      return isAlways(["pre-switchover"]);
    case "cont":
      return side === "source" && isAlways(["failed", "cancelled"]);
    case "migrate-set-parameters":
    case "query-migrate":
    case "query-status":
    case "x-guest":
    case "x-query-guest":
      return true;
    default:
      return false;
  }
}

/** Whether a paused destination may be waiting for a recovery already, or still be ending one. */
function isRecovering(history: History, { engine, migration, askedUs }: CommandRecord): boolean {
  const pausedUs = statusesOf(history, migration, "destination")
    .findLast(({ status, timeUs }) => status === "postcopy-paused" && timeUs <= askedUs)?.timeUs ??
    0;
  return history.commands.some((one) =>
    one.engine === engine && one.migration === migration && one.error === null &&
    one.command === "migrate-recover" && one.askedUs <= askedUs &&
    (one.answeredUs ?? Infinity) >= pausedUs
  );
}

/** Whether a status lasts on behind a refused pause: where it does not, the session had ended already. */
function staysOn(history: History, record: CommandRecord): boolean {
  const { engine, side, migration, askedUs } = record;
  const answeredUs = record.answeredUs!;
  const next = statusesOf(history, migration, side).find(({ timeUs }) => timeUs >= askedUs);
  const toUs = next?.timeUs ?? endUs(history);
  if (deathUs(history, engine) <= toUs) return false;
  const slowness = engine === "third" ? 1 : slownessOf(history, engine);
  const boundUs = SHOWN_US_MAX * slowness + excusedUs(history, engine, [answeredUs, toUs]);
  return toUs - answeredUs > boundUs;
}
