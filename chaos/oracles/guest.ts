/**
 * Oracles about the guest: it is in one place, it is not lost, and its memory is what its program has made it.
 *
 * @module
 */

import type { EngineName, History, MigrationNumber } from "../history.ts";
import { at, type Oracle } from "./oracle.ts";
import { deathUs, wasCorrupted } from "./view.ts";

export const GUEST_ORACLES = {
  "one-guest": {
    states: "the guest never runs on two engines, and never goes back to one that it has left",
    check: (history) =>
      wasStartedTwice(history) ? null : judgeMoves(history) ?? judgeRunning(history),
  },
  "guest-not-lost": {
    states: "as long as an engine has the whole guest, one runs it in the end",
    check: (history) => judgeWhereabouts(history) ?? judgeArrival(history),
  },
  "guest-reads": {
    states: "every read of the guest sees the last write to that page",
    check: (history) => {
      if (wasCorrupted(history)) return null;
      for (const migration of [1, 2] as const) {
        for (const [engine, state] of Object.entries(history.states[migration])) {
          const [violation] = state.violations;
          if (violation !== undefined) return `On the ${engine}: ${violation}`;
        }
      }
      return null;
    },
  },
  "ram-equal": {
    states:
      "the RAM of the engine that runs the guest is, byte for byte, what the guest has left there",
    check: (history) => {
      if (wasCorrupted(history)) return null;
      for (const migration of [1, 2] as const) {
        for (const [engine, state] of Object.entries(history.states[migration])) {
          if (state.difference !== null) return `On the ${engine} ${state.difference}`;
        }
      }
      return null;
    },
  },
} as const satisfies Record<string, Oracle>;

/** Whether the operator has let the guest go on at a source that failed, and not made sure that it does not run on the destination. */
function wasStartedTwice({ commands }: History): boolean {
  return commands.some(({ command, by, side, error, statusesMeanwhile }) =>
    command === "cont" && by === "fault" && side === "source" && error === null &&
    statusesMeanwhile.includes("failed")
  );
}

/** By where the guest writes. It may come back only from engines that are dead. */
function judgeMoves(history: History): string | null {
  const { guestMoves } = history;
  for (const [index, { engine, timeUs }] of guestMoves.entries()) {
    const before = guestMoves.findLastIndex((one, place) => place < index && one.engine === engine);
    if (before < 0) continue;
    const between = guestMoves.slice(before + 1, index);
    const living = between.find((one) => deathUs(history, one.engine) > timeUs);
    if (living === undefined) continue;
    return `The guest wrote on the ${engine} ${
      at(timeUs)
    }, after it had gone to the ${living.engine}`;
  }
  return null;
}

/** By STOP and RESUME. The source runs the guest from the beginning. */
function judgeRunning(history: History): string | null {
  const running = new Set<EngineName>(["source"]);
  const turns = history.events.filter(({ name }) => name === "STOP" || name === "RESUME")
    .toSorted((a, b) =>
      a.timeUs - b.timeUs || Number(a.name === "RESUME") - Number(b.name === "RESUME")
    );
  for (const { name, engine, timeUs } of turns) {
    if (name === "STOP") running.delete(engine);
    else running.add(engine);
    // Of an engine that dies the last events are lost.
    const living = [...running].filter((one) => deathUs(history, one) === Infinity);
    if (living.length > 1) return `The guest runs on the ${living.join(" and the ")} ${at(timeUs)}`;
  }
  return null;
}

/** The first migration. A source that hears nothing of the destination's end cannot know it. */
function judgeWhereabouts(history: History): string | null {
  const failure = history.statuses.find(({ side, status }) =>
    side === "destination" && status === "failed"
  );
  const ran = history.events.find(({ name, engine }) =>
    name === "RESUME" && engine === failure?.engine
  );
  if (failure !== undefined && ran !== undefined && ran.timeUs <= failure.timeUs) {
    return `The destination failed ${at(failure.timeUs)}, although it ran the guest`;
  }
  const { source, destination } = history.states[1];
  const { settledUs } = history.milestones;
  if (destination?.status === "completed" && !destination.whole && !wasCorrupted(history)) {
    return "The destination has completed and lacks pages";
  }
  // What state the guest arrives in is content too.
  if (settledUs === null || source === undefined || wasCorrupted(history)) return null;
  const isTold = history.plan.capabilities.some((one) =>
    one === "return-path" || one === "postcopy-ram"
  );
  const runsThere = destination?.running === true;
  switch (source.status) {
    case "completed":
      if (runsThere || destination === undefined || !isTold) return null;
      return "The migration completed, and the destination does not run the guest";
    case "failed":
    case "cancelled":
    case "none":
      if (source.running || runsThere) return null;
      return `The migration is ${source.status}, and nobody runs the guest`;
    default:
      return null;
  }
}

/** The second migration. */
function judgeArrival(history: History): string | null {
  if (history.milestones.secondSettledUs === null) return null;
  return missingOn(history, 2, "third");
}

function missingOn(
  history: History,
  migration: MigrationNumber,
  engine: EngineName,
): string | null {
  const state = history.states[migration][engine];
  if (state === undefined) return null;
  if (!state.running) return `After the second migration the ${engine} does not run the guest`;
  return state.whole ? null : `After the second migration the ${engine} lacks pages`;
}
