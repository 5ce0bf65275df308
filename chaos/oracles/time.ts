/**
 * Oracles about time: what must come to an end, and by when.
 *
 * @module
 */

import type { MigrationInfo } from "../../lib/qapi/migration_info.ts";
import type { MigrationStatus } from "../../lib/qapi/migration_status.ts";
import type { CommandRecord, History } from "../history.ts";
import { SETTLE_US } from "../run/conduct.ts";
import { disturbedUs, excusedUs, slownessOf } from "./disturbance.ts";
import { at, long, type Oracle } from "./oracle.ts";
import { deathUs, endUs, spansIn, statusesOf } from "./view.ts";

/** How long an undisturbed engine takes to do what cancel or pause says. */
const INTERRUPT_US_MAX = 20_000;

/** How long the last batch may be under way, but for the link. */
const IDLE_US_MAX = 250_000;

/** Statuses that migrate-pause ends. */
const PAUSABLE: readonly MigrationStatus[] = [
  "postcopy-active",
  "postcopy-recover-setup",
  "postcopy-recover",
];

export const TIME_ORACLES = {
  "settles-after-heal": {
    states:
      "once everything has healed the migration completes, fails or is cancelled, a paused pair recovers, and engines end",
    check: (history) => {
      const { milestones, crash, outcome } = history;
      if (crash !== null || outcome?.kind !== "returned") return null;
      if (milestones.healedUs !== null && milestones.settledUs === null) {
        return `${long(SETTLE_US)} after the heal ${describePair(history, 1)}`;
      }
      if (milestones.secondUs !== null && milestones.secondSettledUs === null) {
        return `${long(SETTLE_US)} after it began the second migration has not ended: ${
          describePair(history, 2)
        }`;
      }
      return milestones.endedUs === null
        ? `An engine has not ended ${long(SETTLE_US)} after quit`
        : null;
    },
  },
  "precopy-ends": {
    states: "a precopy of a guest that writes nothing goes on to the switch when all is sent",
    check: (history) => {
      if (history.plan.guest.writeShare > 0) return null;
      const isLeft = ({ value }: CommandRecord) => (value as MigrationInfo).ram?.remaining !== 0;
      const answers = history.commands.filter(({ command, engine, answeredUs, migration }) =>
        command === "query-migrate" && engine === "source" && migration === 1 && answeredUs !== null
      );
      for (const [fromUs, toUs] of spansIn(history, 1, "source", ["active"])) {
        const untilUs = Math.min(toUs, disturbedUs(history));
        const asked = answers.filter(({ askedUs }) => askedUs >= fromUs && askedUs <= untilUs);
        const last = asked.findLastIndex(isLeft);
        const [begun, end] = [asked[last + 1], asked.at(-1)];
        if (begun === undefined || end === undefined) continue;
        const us = end.askedUs - begun.askedUs;
        if (us > IDLE_US_MAX) {
          return `Nothing was left to send for ${long(us)}, and the source stayed active`;
        }
      }
      return null;
    },
  },
  "cancel-takes-effect": {
    states: "a migration that is being cancelled is cancelled soon, whatever faults last",
    check: (history) => {
      for (const migration of [1, 2] as const) {
        const changes = statusesOf(history, migration, "source");
        const index = changes.findIndex(({ status }) => status === "cancelling");
        const begun = changes[index];
        if (begun === undefined) continue;
        const doneUs = changes[index + 1]?.timeUs ?? endUs(history);
        const sentence = overdue(history, "source", [begun.timeUs, doneUs]);
        if (sentence !== null) return `The source was cancelling ${sentence}`;
      }
      return null;
    },
  },
  "pause-takes-effect": {
    states: "a side that has served migrate-pause is paused soon, whatever faults last",
    check: (history) => {
      for (const { command, engine, side, error, answeredUs, migration } of history.commands) {
        if (command !== "migrate-pause" || answeredUs === null || error !== null) continue;
        const changes = statusesOf(history, migration, side);
        const before = changes.findLast(({ timeUs }) => timeUs <= answeredUs);
        if (before === undefined || !PAUSABLE.includes(before.status)) continue;
        const doneUs = changes.find(({ timeUs }) => timeUs > answeredUs)?.timeUs ?? endUs(history);
        const sentence = overdue(history, engine === "third" ? "destination" : side, [
          answeredUs,
          doneUs,
        ]);
        if (sentence !== null) {
          return `The ${engine} went on in ${before.status} after migrate-pause ${sentence}`;
        }
      }
      return null;
    },
  },
} as const satisfies Record<string, Oracle>;

/** Says so where something took a side longer than it may. */
function overdue(
  history: History,
  side: "source" | "destination",
  [fromUs, toUs]: readonly [number, number],
): string | null {
  if (deathUs(history, side) <= toUs) return null;
  const boundUs = INTERRUPT_US_MAX * slownessOf(history, side) +
    excusedUs(history, side, [fromUs - INTERRUPT_US_MAX, toUs]);
  return toUs - fromUs <= boundUs ? null : `for ${long(toUs - fromUs)} from ${at(fromUs)} on`;
}

function describePair(history: History, migration: 1 | 2): string {
  const last = (side: "source" | "destination") =>
    statusesOf(history, migration, side).at(-1)?.status ?? "none";
  return `the source is ${last("source")}, the destination ${last("destination")}`;
}
