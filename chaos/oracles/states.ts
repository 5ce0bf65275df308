/**
 * Oracles about statuses: only legal transitions, told and answered alike, and an end that fits what was asked for.
 *
 * @module
 */

import type { MigrationInfo } from "../../lib/qapi/migration_info.ts";
import { canStep, type MigrationStatus, type Side } from "../../lib/qapi/migration_status.ts";
import type { StatusInfo } from "../../lib/qapi/run_state.ts";
import type { CommandRecord, History, MigrationNumber } from "../history.ts";
import { wasOnlyDelayed } from "./disturbance.ts";
import { at, type Oracle } from "./oracle.ts";
import { deathUs, statusesOf } from "./view.ts";

const SIDES: readonly Side[] = ["source", "destination"];
const MIGRATIONS: readonly MigrationNumber[] = [1, 2];

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
    states: "a migration that failed or paused says why",
    check: ({ commands }) => {
      const silent = commands.find((record) => {
        if (record.command !== "query-migrate" || record.answeredUs === null) return false;
        const info = record.value as MigrationInfo;
        const isBad = info.status === "failed" || info.status === "postcopy-paused";
        return isBad && (info["error-desc"] ?? "") === "";
      });
      if (silent === undefined) return null;
      return `The ${silent.engine} is ${statusOf(silent)} ${
        at(silent.answeredUs!)
      } and does not say why`;
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
  "cancelled-only-if-asked": {
    states: "a migration is cancelled only by migrate_cancel",
    check: (history) => {
      const cancelled = history.statuses.find(({ status }) => status === "cancelling");
      if (cancelled === undefined) return null;
      const wasAsked = history.commands.some(({ command, engine, askedUs }) =>
        command === "migrate_cancel" && engine === cancelled.engine && askedUs <= cancelled.timeUs
      );
      return wasAsked ? null : `The ${cancelled.engine} cancels ${at(cancelled.timeUs)}, unasked`;
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
