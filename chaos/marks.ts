/**
 * "Sometimes" marks: rare paths of the engine, told from histories alone. A campaign counts in how many runs each was taken, because a
 * path that no run takes is a path that no oracle judges.
 *
 * @module
 */

import type { MigrationStatus, Side } from "../lib/qapi/migration_status.ts";
import type { PageRequestEntry } from "../lib/ram/page_request_log.ts";
import type { CommandRecord, History } from "./history.ts";
import { intersect, spansIn, statusesOf } from "./oracles/view.ts";

/** A rare path. */
interface Mark {
  /** What happened, as the end of "it happened that ...". */
  readonly happens: string;
  test(history: History): boolean;
}

const paused = (history: History, side: Side) => spansIn(history, 1, side, ["postcopy-paused"]);

/** The first migration's accepted commands of one name. */
function served(
  { commands }: History,
  command: CommandRecord["command"],
): readonly CommandRecord[] {
  return commands.filter((one) =>
    one.command === command && one.migration === 1 && one.answeredUs !== null && one.error === null
  );
}

/** A cancel that was served in a status. */
function cancelIn(status: MigrationStatus): Mark {
  return {
    happens: `a migration was cancelled in ${status}`,
    test: (history) =>
      statusesOf(history, 1, "source").some((one, index, all) =>
        one.status === "cancelling" && all[index - 1]?.status === status
      ),
  };
}

/** A recovery that went back to paused from a status. */
function recoveryLost(side: Side, from: MigrationStatus): Mark {
  return {
    happens: `a recovery failed on the ${side} in ${from}`,
    test: (history) =>
      statusesOf(history, 1, side).some((one, index, all) =>
        one.status === "postcopy-paused" && all[index - 1]?.status === from
      ),
  };
}

function requestsOf(
  { requests }: History,
  engine: "source" | "destination",
): readonly PageRequestEntry[] {
  return requests[engine] ?? [];
}

/** How many sessions of the first migration had a main channel. */
function sessionsOf({ connections }: History): number {
  return new Set(
    connections.filter((one) => one.migration === 1 && one.role === "main").map((one) => one.phase),
  )
    .size;
}

export const MARKS = {
  "page-in-flight": {
    happens: "a page was requested that was on its way on the main channel",
    test: (history) =>
      requestsOf(history, "destination").some(({ event, channel }) =>
        event === "placed" && channel === "main"
      ),
  },
  "page-overtakes": {
    happens: "a requested page came on the preempt channel",
    test: (history) =>
      requestsOf(history, "destination").some(({ channel }) => channel === "preempt"),
  },
  "request-again": {
    happens: "a request was sent again after a recovery",
    test: (history) => {
      const sent = requestsOf(history, "destination").filter(({ event }) =>
        event === "request-sent"
      );
      return sent.some((one) =>
        sent.some((other) => other.page === one.page && other.session > one.session)
      );
    },
  },
  "fault-across-pause": {
    happens: "a vCPU waited for a page while both sides were paused",
    test: (history) => {
      const both = intersect(paused(history, "source"), paused(history, "destination"));
      const open = new Map<number, number>();
      return requestsOf(history, "destination").some(({ event, vcpu, timeUs }) => {
        if (event === "faulted") open.set(vcpu, timeUs);
        if (event !== "vcpu-runs") return false;
        const fromUs = open.get(vcpu) ?? timeUs;
        return both.some(([start, end]) => start >= fromUs && end <= timeUs);
      });
    },
  },
  "fault-while-paused": {
    happens: "a vCPU met a missing page while the destination was paused",
    test: (history) => {
      const spans = paused(history, "destination");
      return requestsOf(history, "destination").some(({ event, timeUs }) =>
        event === "faulted" && spans.some(([from, to]) => timeUs > from && timeUs < to)
      );
    },
  },
  "cancel-in-setup": cancelIn("setup"),
  "cancel-in-active": cancelIn("active"),
  "cancel-in-pre-switchover": cancelIn("pre-switchover"),
  "cancel-in-device": cancelIn("device"),
  "cancel-too-late": {
    happens: "a cancel was refused in postcopy",
    test: ({ commands }) =>
      commands.some(({ command, error }) =>
        command === "migrate_cancel" && error?.desc.startsWith("Postcopy") === true
      ),
  },
  "recovery-lost-in-setup": recoveryLost("source", "postcopy-recover-setup"),
  "recovery-lost-in-handshake": recoveryLost("source", "postcopy-recover"),
  "recovery-lost-on-destination": recoveryLost("destination", "postcopy-recover"),
  "recovery-lost-on-one-side": {
    happens: "a recovery came to its end on one side, and not on the other",
    test: (history) => {
      const active = (side: Side) =>
        statusesOf(history, 1, side).filter(({ status }) => status === "postcopy-active").length;
      return active("source") !== active("destination") && sessionsOf(history) > 1;
    },
  },
  "second-recovery": {
    happens: "a migration was recovered twice",
    test: (history) =>
      statusesOf(history, 1, "source").filter(({ status }) => status === "postcopy-active").length >
        2,
  },
  "fourth-session": {
    happens: "a migration had four sessions",
    test: (history) => sessionsOf(history) > 3,
  },
  "source-pauses-first": {
    happens: "the source paused while the destination went on",
    test: (history) =>
      intersect(paused(history, "source"), spansIn(history, 1, "destination", ["postcopy-active"]))
        .length > 0,
  },
  "destination-pauses-first": {
    happens: "the destination paused while the source went on",
    test: (history) =>
      intersect(paused(history, "destination"), spansIn(history, 1, "source", ["postcopy-active"]))
        .length > 0,
  },
  "switch-fails": {
    happens: "a migration failed in device, behind the guest's stop",
    test: (history) =>
      statusesOf(history, 1, "source").some((one, index, all) =>
        one.status === "failed" && all[index - 1]?.status === "device"
      ),
  },
  "fails-behind-commit": {
    happens:
      "a migration failed behind its commit, and only the operator could let the guest go on",
    test: (history) =>
      served(history, "cont").some(({ side }) => side === "source") &&
      history.states[1].source?.status === "failed",
  },
  "package-lost": {
    happens: "the package was lost on its way: the source paused, and the destination failed",
    test: (history) =>
      history.states[1].source?.status === "postcopy-paused" &&
      history.states[1].destination?.status === "failed",
  },
  "shut-lost": {
    happens: "the destination completed, and the source never heard of it",
    test: (history) =>
      history.states[1].destination?.status === "completed" &&
      history.states[1].source?.status === "postcopy-paused",
  },
  "preempt-before-main": {
    happens: "the preempt channel was opened before the destination had read from main",
    test: (history) => {
      const preempt = history.connections.find(({ role, phase }) =>
        role === "preempt" && phase === 0
      );
      const active = statusesOf(history, 1, "destination").find(({ status }) =>
        status === "active"
      );
      return preempt !== undefined && active !== undefined && preempt.openedUs < active.timeUs;
    },
  },
  "preempt-late": {
    happens: "a page was requested before the preempt channel was accepted",
    test: (history) => {
      const sent = requestsOf(history, "source").find(({ event }) => event === "record-written");
      const placed = requestsOf(history, "destination").find(({ channel }) =>
        channel === "preempt"
      );
      return sent !== undefined && placed !== undefined && placed.timeUs - sent.timeUs > 50_000;
    },
  },
  "stranger-turned-away": {
    happens: "a connection was closed because every channel was known already",
    test: ({ events }) =>
      events.some(({ name, data }) =>
        name === "X_CHANNEL_CLOSED" && String(data.reason).includes("known already")
      ),
  },
  "stranger-does-not-decode": {
    happens: "a connection was closed because its bytes are no channel's",
    test: ({ events }) =>
      events.some(({ name, data }) =>
        name === "X_CHANNEL_CLOSED" && String(data.reason).includes("no channel's")
      ),
  },
  "precopy-completes": {
    happens: "a migration completed without postcopy",
    test: (history) =>
      history.states[1].source?.status === "completed" &&
      !statusesOf(history, 1, "source").some(({ status }) => status === "postcopy-active"),
  },
  "guest-runs-whole-on-destination-while-paused": {
    happens: "every page was there, and the destination still paused",
    test: (history) =>
      history.states[1].destination?.status === "postcopy-paused" &&
      history.states[1].destination.whole,
  },
  "source-dies-in-postcopy": {
    happens: "the source died in postcopy",
    test: (history) =>
      history.deaths.some(({ engine }) => engine === "source") &&
      statusesOf(history, 1, "source").at(-1)?.status.startsWith("postcopy") === true,
  },
  "destination-dies-in-postcopy": {
    happens: "the destination died in postcopy",
    test: (history) =>
      history.deaths.some(({ engine }) => engine === "destination") &&
      statusesOf(history, 1, "destination").at(-1)?.status.startsWith("postcopy") === true,
  },
  "loop-silent": {
    happens: "a main loop was silent for more than 50 ms",
    test: ({ silences }) => silences.some(({ us }) => us > 50_000),
  },
} as const satisfies Record<string, Mark>;

export type MarkName = keyof typeof MARKS;

export const MARK_NAMES = Object.keys(MARKS) as readonly MarkName[];

/** The marks of a run. */
export function marksOf(history: History): readonly MarkName[] {
  return MARK_NAMES.filter((name) => MARKS[name].test(history));
}
