/**
 * Oracles about statuses: only legal transitions, told and answered alike, and an end that fits what was asked for.
 *
 * @module
 */

import type { EngineCommandName } from "../../lib/qapi/commands.ts";
import type { MigrationInfo } from "../../lib/qapi/migration_info.ts";
import { canStep, type MigrationStatus, type Side } from "../../lib/qapi/migration_status.ts";
import type { StatusInfo } from "../../lib/qapi/run_state.ts";
import type { CommandRecord, History, MigrationNumber, StatusChange } from "../history.ts";
import { wasOnlyDelayed } from "./disturbance.ts";
import { at, type Oracle } from "./oracle.ts";
import { deathUs, statusesOf } from "./view.ts";

const SIDES: readonly Side[] = ["source", "destination"];
const MIGRATIONS: readonly MigrationNumber[] = [1, 2];

/** How an engine says that a channel is of no use because it has closed it: never the first reason. */
const OWN_CLOSING = "this side has closed it";

/** A transition that is the operator's to decide; without `from`, from anywhere. */
interface Decision {
  readonly from?: MigrationStatus;
  readonly to: MigrationStatus;
  readonly by: EngineCommandName;
}

const DECISIONS: readonly Decision[] = [
  { to: "cancelling", by: "migrate_cancel" },
  { from: "pre-switchover", to: "device", by: "migrate-continue" },
  { from: "device", to: "postcopy-active", by: "migrate-start-postcopy" },
  { to: "postcopy-recover-setup", by: "migrate" },
];

export const STATE_ORACLES = {
  "legal-transitions": {
    states: "each side goes only from status to status as the one table says",
    check: (history) => {
      for (const migration of MIGRATIONS) {
        for (const side of SIDES) {
          let from: MigrationStatus = "none";
          for (const { status, timeUs } of statusesOf(history, migration, side)) {
            if (!canStep(side, from, status)) {
              return `The ${side} went from ${from} to ${status} ${at(timeUs)}`;
            }
            from = status;
          }
        }
      }
      return null;
    },
  },
  "status-has-event": {
    states:
      "query-migrate never answers a status that no event has told, and events tell every one",
    check: ({ commands }) => {
      const wrong = commands.find((record) => {
        if (record.command !== "query-migrate" || record.answeredUs === null) return false;
        // The second source still answers with the end of the first migration.
        if (record.migration === 2 && record.statusAsked === "none") return false;
        return !record.statusesMeanwhile.includes(statusOf(record));
      });
      if (wrong === undefined) return null;
      return `The ${wrong.engine} answered ${statusOf(wrong)} ${at(wrong.answeredUs!)}, ` +
        `but its events told ${wrong.statusesMeanwhile.join(", ")}`;
    },
  },
  "run-state-has-event": {
    states: "STOP and RESUME tell every start and every stop of a guest",
    check: (history) => {
      for (const { engine, command, value, askedUs, answeredUs } of history.commands) {
        if (command !== "query-status" || answeredUs === null) continue;
        const turns = history.events.filter((event) =>
          event.engine === engine && (event.name === "STOP" || event.name === "RESUME") &&
          event.timeUs <= answeredUs
        );
        const last = turns.at(-1);
        if (last !== undefined && last.timeUs >= askedUs) continue;
        // The source runs the guest from the beginning.
        const wasToldRunning = last === undefined ? engine === "source" : last.name === "RESUME";
        const { running } = value as StatusInfo;
        if (running === wasToldRunning) continue;
        return `The ${engine} ${running ? "runs" : "does not run"} the guest ${
          at(answeredUs)
        }, and its last event was ${last?.name ?? "none"}`;
      }
      return null;
    },
  },
  "counters-fit": {
    states: "what query-migrate counts fits: nothing remains once completed, and parts add up",
    check: ({ commands }) => {
      for (const { command, value, engine, answeredUs } of commands) {
        if (command !== "query-migrate" || answeredUs === null) continue;
        const { ram, status } = value as MigrationInfo;
        if (ram === undefined) continue;
        const parts = ram["precopy-bytes"] + ram["downtime-bytes"] + ram["postcopy-bytes"];
        if (ram.transferred !== parts) {
          return `The ${engine} counts ${ram.transferred} bytes ${
            at(answeredUs)
          }, in parts ${parts}`;
        }
        if (status === "completed" && ram.remaining !== 0) {
          return `The ${engine} is completed, and ${ram.remaining} bytes remain`;
        }
      }
      return null;
    },
  },
  "error-is-described": {
    states:
      "a migration that failed or paused says why, and does not blame what it has then closed itself",
    check: ({ commands }) => {
      for (const record of commands) {
        if (record.command !== "query-migrate" || record.answeredUs === null) continue;
        const { status, "error-desc": described = "" } = record.value as MigrationInfo;
        if (status !== "failed" && status !== "postcopy-paused") continue;
        const is = `The ${record.engine} is ${status} ${at(record.answeredUs)}`;
        if (described === "") return `${is} and does not say why`;
        if (described.includes(OWN_CLOSING)) return `${is} and blames itself: ${described}`;
      }
      return null;
    },
  },
  "end-fits-both-sides": {
    states:
      "a source is completed only where the destination is, and cancelled only where it is not",
    check: (history) => {
      const { source, destination } = history.states[1];
      const endedUs = history.milestones.settledUs;
      if (endedUs === null || source === undefined || destination === undefined) return null;
      const isTold = history.plan.capabilities.some((one) =>
        one === "return-path" || one === "postcopy-ram"
      );
      if (source.status === "completed" && destination.status !== "completed" && isTold) {
        return `The source is completed, the destination is ${destination.status}`;
      }
      if (source.status === "cancelled" && destination.status === "completed") {
        return "The source is cancelled, the destination completed";
      }
      return null;
    },
  },
  "only-if-asked": {
    states: "a source goes where the operator decides only when he has asked for it",
    check: (history) => {
      for (const migration of MIGRATIONS) {
        const changes = statusesOf(history, migration, "source");
        for (const decision of DECISIONS) {
          const taken = changes.filter(({ status }, index) => {
            const before = changes[index - 1]?.status ?? "none";
            return status === decision.to && (decision.from ?? before) === before;
          });
          const unasked = taken.find((change, index) =>
            timesAsked(history, decision, change) <= index
          );
          if (unasked === undefined) continue;
          return `The ${unasked.engine} went to ${unasked.status} ${at(unasked.timeUs)}, unasked`;
        }
      }
      return null;
    },
  },
  "undisturbed-completes": {
    states: "a migration that nothing worse than a delay or a stranger is in the way of completes",
    check: (history) => {
      const first = wasOnlyDelayed(history) ? judgeCompletion(history, 1) : null;
      return first ?? judgeCompletion(history, 2);
    },
  },
} as const satisfies Record<string, Oracle>;

/** How often a source was asked for something until it went there, and did not refuse. */
function timesAsked(
  { commands }: History,
  { to, by }: Decision,
  { engine, migration, timeUs }: StatusChange,
): number {
  const resumes = to === "postcopy-recover-setup";
  return commands.filter((one) =>
    one.engine === engine && one.migration === migration && one.command === by &&
    (one.arguments.resume === true) === resumes && one.error === null && one.askedUs <= timeUs
  ).length;
}

function statusOf({ value }: CommandRecord): MigrationStatus {
  return (value as MigrationInfo).status ?? "none";
}

function judgeCompletion(history: History, migration: MigrationNumber): string | null {
  const { milestones } = history;
  const settledUs = migration === 1 ? milestones.settledUs : milestones.secondSettledUs;
  const bad = history.statuses.find((one) =>
    one.migration === migration && (one.status === "failed" || one.status === "postcopy-paused")
  );
  const which = migration === 1 ? "undisturbed" : "second";
  if (bad !== undefined) {
    return `In the ${which} migration the ${bad.side} is ${bad.status} ${at(bad.timeUs)}`;
  }
  if (settledUs === null) return null;
  for (const side of SIDES) {
    const end = statusesOf(history, migration, side).at(-1);
    if (end?.status === "completed") continue;
    return `In the ${which} migration the ${side} ends ${end?.status ?? "none"}`;
  }
  return null;
}

/** For oracles of ends: whether an engine lives when a run has settled. */
export function livesToTheEnd(history: History, engine: "source" | "destination"): boolean {
  return deathUs(history, engine) === Infinity;
}
