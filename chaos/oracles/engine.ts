/**
 * Oracles about engines as programs: they do not crash, do not stand still, serve, answer, and leave nothing behind.
 *
 * @module
 */

import type { CommandRecord, EngineName, History } from "../history.ts";
import { excusedUs, slownessOf } from "./disturbance.ts";
import { at, long, type Oracle } from "./oracle.ts";
import { deathUs } from "./view.ts";

/** The longest silence of an undisturbed loop: two batches of 1024 zero pages, the longest there are, one after the other. */
const SILENCE_US_MAX = 2500;

/** The longest time until an undisturbed engine answers: it reads the command in one turn of its loop and answers in another. */
const ANSWER_US_MAX = 2 * SILENCE_US_MAX;

/** The work of an engine in either migration may be slowed down on either side. */
function slowness(history: History, engine: EngineName): number {
  return engine === "third" ? 1 : slownessOf(history, engine);
}

export const ENGINE_ORACLES = {
  "no-crash": {
    states: "no network, peer or operator can make an engine throw",
    check: ({ crash }) => crash,
  },
  "no-standstill": {
    states: "something can always go on, and time goes on with it",
    check: ({ outcome }) => {
      if (outcome === null || outcome.kind === "returned") return null;
      const [thread] = outcome.threads.filter(({ world }) =>
        world !== "operator" && world !== "main"
      );
      const example = thread === undefined
        ? ""
        : `; thread "${thread.thread}" of the ${thread.world} waits in ${thread.waitsIn}`;
      return `The run ended in a ${outcome.kind} ${at(outcome.nowUs)}${example}`;
    },
  },
  "main-loop": {
    states: "no engine's main loop is silent for long, but for a connect under policy blocking",
    check: (history) => {
      const isBlocking = history.plan.parameters["x-preempt-connect"] === "blocking";
      for (const { engine, fromUs, us } of history.silences) {
        if (isBlocking && engine !== "third") continue;
        const boundUs = SILENCE_US_MAX * slowness(history, engine) +
          excusedUs(history, engine, [fromUs - 2 * us, fromUs + us]);
        if (us > boundUs) {
          return `The ${engine}'s main loop served nothing for ${long(us)} from ${at(fromUs)} on`;
        }
      }
      return null;
    },
  },
  "qmp-answers": {
    states: "every QMP command is answered, and soon",
    check: (history) => {
      for (const record of history.commands) {
        const sentence = judgeAnswer(history, record);
        if (sentence !== null) return sentence;
      }
      return null;
    },
  },
  "leftovers": {
    states:
      "a migration that has ended leaves no thread, channel, listener or connect, and an engine that has ended nothing",
    check: ({ leftovers, outcome, milestones }) => {
      const [leftover] = leftovers;
      if (leftover !== undefined) return `After the migration ${leftover}`;
      if (milestones.endedUs === null || outcome === null) return null;
      const [thread] = outcome.threads;
      if (thread !== undefined) {
        return `At the end thread "${thread.thread}" of ${thread.world} still waits in ${thread.waitsIn}`;
      }
      const rest = [...outcome.channels, ...outcome.listeners, ...outcome.connects];
      return rest.length === 0 ? null : `At the end there is still ${rest[0]}`;
    },
  },
} as const satisfies Record<string, Oracle>;

function judgeAnswer(history: History, record: CommandRecord): string | null {
  const { engine, command, askedUs, answeredUs, closed } = record;
  if (closed) return null;
  if (history.plan.parameters["x-preempt-connect"] === "blocking") return null;
  const endUs = answeredUs ?? history.outcome?.nowUs ?? askedUs;
  if (deathUs(history, engine) <= endUs) return null;
  const boundUs = ANSWER_US_MAX * slowness(history, engine) +
    excusedUs(history, engine, [askedUs - ANSWER_US_MAX, endUs]);
  if (endUs - askedUs <= boundUs) return null;
  const what = answeredUs === null ? "has not answered" : "answered";
  return `The ${engine} ${what} ${command}, given ${at(askedUs)}, ${
    answeredUs === null ? "for" : "after"
  } ${long(endUs - askedUs)}`;
}
