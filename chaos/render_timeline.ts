/**
 * A history as people read it: both sides, line by line.
 *
 * @module
 */

import type { EngineName, History } from "./history.ts";
import { ENGINES } from "./history.ts";

/** Something that happened, and where. */
interface Line {
  readonly timeUs: number;
  readonly who: EngineName | "faults" | "links" | "run" | "guest";
  readonly text: string;
}

/** The readable history: time in milliseconds, who, what. `aroundUs` leaves out what is more than that far from a moment. */
export function renderTimeline(
  history: History,
  around?: { readonly timeUs: number; readonly withinUs: number },
): string {
  const lines = linesOf(history)
    .filter(({ timeUs }) =>
      around === undefined || Math.abs(timeUs - around.timeUs) <= around.withinUs
    )
    .toSorted((a, b) => a.timeUs - b.timeUs);
  return lines.map(({ timeUs, who, text }) => {
    const indent = "  ".repeat(Math.max(0, ENGINES.indexOf(who as EngineName)));
    return `${(timeUs / 1000).toFixed(3).padStart(12)}  ${who.padEnd(11)} ${indent}${text}`;
  }).join("\n");
}

function linesOf(history: History): Line[] {
  return [
    ...history.statuses.map(({ timeUs, engine, status }) => ({
      timeUs,
      who: engine,
      text: `=> ${status}`,
    })),
    ...history.events.filter(({ name }) => name !== "MIGRATION_PASS").map((
      { timeUs, engine, name, data },
    ) => ({
      timeUs,
      who: engine,
      text: `${name}${Object.keys(data).length === 0 ? "" : ` ${JSON.stringify(data)}`}`,
    })),
    ...commandLines(history),
    ...strikeLines(history),
    ...connectionLines(history),
    ...history.deaths.map(({ timeUs, engine }) => ({ timeUs, who: engine, text: "dies" })),
    ...history.guestMoves.map(({ timeUs, engine }) => ({
      timeUs,
      who: "guest" as const,
      text: `writes on the ${engine}`,
    })),
    ...history.silences.map(({ engine, fromUs, us }) => ({
      timeUs: fromUs,
      who: engine,
      text: `main loop serves nothing for ${(us / 1000).toFixed(1)} ms`,
    })),
    ...milestoneLines(history),
  ];
}

function commandLines({ commands }: History): Line[] {
  return commands.filter(({ by }) => by !== "prober").flatMap((record): Line[] => {
    const { engine, command, arguments: args, askedUs, answeredUs, error, by, closed } = record;
    const given = Object.keys(args).length === 0 ? "" : ` ${JSON.stringify(args)}`;
    const asked = { timeUs: askedUs, who: engine, text: `${by} gives ${command}${given}` };
    if (answeredUs === null) {
      return [{
        ...asked,
        text: `${asked.text}${closed ? " (connection closed)" : " (no answer)"}`,
      }];
    }
    if (error === null) return [asked];
    return [asked, { timeUs: answeredUs, who: engine, text: `refuses ${command}: ${error.desc}` }];
  });
}

function strikeLines({ strikes, plan }: History): Line[] {
  return strikes.map(({ timeUs, index, hit }) => {
    const { kind, when: _when, ...parameters } = plan.faults[index]!;
    const text = `${index}: ${kind} ${JSON.stringify(parameters)}${
      hit ? "" : " (nothing to strike)"
    }`;
    return { timeUs, who: "faults" as const, text };
  });
}

function connectionLines({ connections }: History): Line[] {
  return connections.flatMap(({ id, role, phase, openedUs, closedUs }) => {
    const opened = {
      timeUs: openedUs,
      who: "links" as const,
      text: `${role} opened, phase ${phase}, number ${id}`,
    };
    if (closedUs === null) return [opened];
    return [opened, {
      timeUs: closedUs,
      who: "links" as const,
      text: `${role} closed, number ${id}`,
    }];
  });
}

function milestoneLines({ milestones, outcome, crash }: History): Line[] {
  const rows: readonly (readonly [number | null, string])[] = [
    [milestones.healedUs, "everything heals"],
    [milestones.settledUs, "settled"],
    [milestones.secondUs, "second migration"],
    [milestones.secondSettledUs, "settled again"],
    [milestones.endedUs, "every engine has ended"],
    [outcome?.nowUs ?? null, `ends: ${outcome?.kind}`],
    [crash === null ? null : Infinity, `CRASH: ${crash}`],
  ];
  return rows.flatMap(([timeUs, text]) =>
    timeUs === null ? [] : [{ timeUs, who: "run" as const, text }]
  );
}
