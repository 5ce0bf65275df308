/**
 * Oracles about recoveries.
 *
 * @module
 */

import type { CommandRecord, History } from "../history.ts";
import { excusedUs, slownessOf, type Span } from "./disturbance.ts";
import { at, long, type Oracle } from "./oracle.ts";
import { undisturbed } from "./quiet.ts";
import { deathUs, endUs, statusesOf } from "./view.ts";

/** How long a recovery that nothing disturbs may take, but for the link: two connects, bitmaps, RESUME. */
const RECOVERY_US_MAX = 20_000;

/** How many times its messages cross the link, with room. */
const CROSSINGS = 16;

export const RECOVERY_ORACLES = {
  "recovers-soon": {
    states: "a recovery that nothing worse than a stranger is in the way of is over soon",
    check: (history) => {
      for (const recovery of recoveriesOf(history)) {
        const { fromUs, toUs } = recovery;
        if (toUs - fromUs <= boundOf(history, [fromUs, toUs])) continue;
        if (!isUndisturbed(history, recovery)) continue;
        return `A recovery that nothing was in the way of took ${long(toUs - fromUs)} from ${
          at(fromUs)
        } on`;
      }
      return null;
    },
  },
} as const satisfies Record<string, Oracle>;

/** A recovery of the first migration, as the source tells of it. */
interface Recovery {
  readonly fromUs: number;
  readonly toUs: number;
}

function recoveriesOf(history: History): readonly Recovery[] {
  const changes = statusesOf(history, 1, "source");
  return changes.flatMap(({ status, timeUs }, index): Recovery[] => {
    if (status !== "postcopy-recover-setup") return [];
    const next = changes.slice(index + 1).find((one) => one.status !== "postcopy-recover");
    return [{ fromUs: timeUs, toUs: next?.timeUs ?? endUs(history) }];
  });
}

function boundOf(history: History, span: Span): number {
  const sides = ["source", "destination"] as const;
  const slowness = Math.max(...sides.map((side) => slownessOf(history, side)));
  const excused = sides.reduce((sum, side) => sum + excusedUs(history, side, span), 0);
  return RECOVERY_US_MAX * slowness + CROSSINGS * history.plan.link.latencyUs + excused;
}

/** Whether both sides live and mean the same recovery, and no fault lasts in it or strikes its connects. */
function isUndisturbed(history: History, { fromUs, toUs }: Recovery): boolean {
  if (Math.min(deathUs(history, "source"), deathUs(history, "destination")) <= toUs) return false;
  const strikesConnect = history.plan.faults.some((fault) =>
    "phase" in fault && fault.phase >= phaseAt(history, fromUs) &&
    fault.phase <= phaseAt(history, toUs)
  );
  if (strikesConnect || !isAgreed(history, [fromUs, toUs])) return false;
  const [quiet] = undisturbed(history, [[fromUs, toUs]]);
  return quiet !== undefined && quiet[0] === fromUs && quiet[1] === toUs;
}

/** The phase of connects at a moment: it goes on with every resume that is given, served or refused. */
function phaseAt({ commands }: History, us: number): number {
  return commands.filter(({ migration, command, arguments: args, askedUs }) =>
    migration === 1 && command === "migrate" && args.resume === true && askedUs <= us
  ).length;
}

/** Whether the operator has told both sides of the same address, and no fault has told either of anything. */
function isAgreed(history: History, [fromUs, toUs]: Span): boolean {
  const commands = history.commands.filter(({ migration, by, error }) =>
    migration === 1 && by !== "prober" && error === null
  );
  const last = (command: CommandRecord["command"]) =>
    commands.findLast((one) => one.command === command && one.askedUs <= fromUs);
  const [listens, resumes] = [last("migrate-recover"), last("migrate")];
  if (listens === undefined || resumes === undefined) return false;
  const isMeddled = commands.some(({ by, askedUs }) =>
    by === "fault" && askedUs >= listens.askedUs && askedUs <= toUs
  );
  return !isMeddled && listens.arguments.uri === resumes.arguments.uri;
}
