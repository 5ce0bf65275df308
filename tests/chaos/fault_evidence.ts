/**
 * For each kind of fault one fault, and what its run must show that the same run without it does not.
 *
 * The table is of every kind, so a new one does not compile until it says how it is seen.
 *
 * @module
 */

import type { Fault, FaultName } from "../../chaos/faults/fault_table.ts";
import type { EngineName, History } from "../../chaos/history.ts";
import type { Trigger } from "../../chaos/trigger.ts";
import type { MigrationStatus } from "../../lib/qapi/migration_status.ts";

type Parameters<K extends FaultName> = Omit<Extract<Fault, { kind: K }>, "kind" | "when">;

/** A fault, and the evidence. */
interface Case<K extends FaultName> {
  readonly when: Trigger;
  readonly with: Parameters<K>;
  /** Whether the history of the run with it shows it, beside that of the run without any. */
  readonly shows: (struck: History, calm: History) => boolean;
}

const START: Trigger = { on: "start" };
const MAIN_OPENED: Trigger = { on: "opened", role: "main", phase: 0, afterUs: 0 };
const IN_POSTCOPY: Trigger = {
  on: "status",
  side: "destination",
  status: "postcopy-active",
  nth: 1,
  afterUs: 1000,
};
const MAIN = { role: "main", phase: 0 } as const;
const FORWARD = { role: "main", direction: "source-to-destination" } as const;
const ONCE = { times: 1, gapUs: 0 };

/** When an engine came to a status first; Infinity: never. */
function first({ statuses }: History, engine: EngineName, status: MigrationStatus): number {
  return statuses.find((one) => one.engine === engine && one.status === status)?.timeUs ?? Infinity;
}

function opened({ connections }: History, role: "main" | "preempt"): number {
  return connections.find((one) => one.role === role)?.openedUs ?? Infinity;
}

function turnedAway({ events }: History): number {
  return events.filter(({ name, timeUs }) => name === "X_CHANNEL_CLOSED" && timeUs < 200_000)
    .length;
}

/** How often faults gave a command, and with which argument. */
function given({ commands }: History, command: string, argument = ""): number {
  return commands.filter((one) =>
    one.by === "fault" && one.command === command &&
    JSON.stringify(one.arguments).includes(argument)
  ).length;
}

function carried({ samples, connections }: History): number {
  const main = connections.find(({ role }) => role === "main")!;
  return samples.findLast(({ connection }) => connection === main.id)?.writtenBytes ?? 0;
}

function firstStop({ events }: History): number {
  return events.find(({ name }) => name === "STOP")?.timeUs ?? Infinity;
}

function faultedPages({ requests }: History): number {
  const faults = (requests.destination ?? []).filter(({ event }) => event === "faulted");
  return new Set(faults.map(({ page }) => page)).size;
}

/** The longest time from a page fault to its request. */
function slowestRequest({ requests }: History): number {
  const entries = requests.destination ?? [];
  return Math.max(
    0,
    ...entries.filter(({ event }) => event === "faulted").map(({ page, timeUs }) =>
      (entries.find((one) => one.event === "request-sent" && one.page === page)?.timeUs ?? timeUs) -
      timeUs
    ),
  );
}

function pausedAfterBreak(struck: History): boolean {
  return first(struck, "source", "postcopy-paused") < struck.milestones.healedUs! &&
    first(struck, "source", "postcopy-recover") < Infinity;
}

export const EVIDENCE: { readonly [K in FaultName]: Case<K> } = {
  "connect-delay": {
    when: START,
    with: { ...MAIN, delayUs: 30_000 },
    shows: (struck, calm) => opened(struck, "main") === opened(calm, "main") + 30_000,
  },
  "connect-hang": {
    when: START,
    with: { ...MAIN, forUs: 40_000 },
    shows: (struck) => opened(struck, "main") >= 40_000 && opened(struck, "main") < 50_000,
  },
  "connect-refuse": {
    when: START,
    with: { ...MAIN, forUs: null },
    shows: (struck) =>
      opened(struck, "main") > struck.milestones.healedUs! &&
      (struck.states[1].source?.errorDesc ?? "").includes("refused"),
  },
  "connect-reset": {
    when: START,
    with: { ...MAIN, forUs: null },
    shows: (struck) => first(struck, "source", "failed") < 10_000,
  },
  "accept-late": {
    when: START,
    with: { ...MAIN, us: 30_000 },
    shows: (struck, calm) =>
      opened(struck, "main") === opened(calm, "main") &&
      first(struck, "destination", "active") >= first(calm, "destination", "active") + 29_000,
  },
  "accept-swapped": {
    when: START,
    with: { ...MAIN, us: 100_000 },
    shows: (struck, calm) =>
      first(calm, "destination", "active") < opened(calm, "preempt") &&
      first(struck, "destination", "active") >= opened(struck, "preempt") &&
      first(struck, "destination", "active") < 50_000,
  },
  "backlog-full": {
    when: START,
    with: { forUs: 40_000 },
    shows: (struck) => opened(struck, "main") >= 40_000 && opened(struck, "main") < 50_000,
  },
  "stray-silent": {
    when: MAIN_OPENED,
    with: { closeAfterUs: 300_000, resets: false },
    shows: (struck, calm) => turnedAway(struck) === turnedAway(calm) + 1,
  },
  "stray-garbage": {
    when: MAIN_OPENED,
    with: { closeAfterUs: 300_000, resets: false, bytes: [255, 1, 2, 3, 4, 5, 6, 7, 8, 9] },
    shows: (struck, calm) => turnedAway(struck) === turnedAway(calm) + 1,
  },
  "stray-valid": {
    when: { on: "status", side: "destination", status: "active", nth: 1, afterUs: 0 },
    with: { closeAfterUs: 300_000, resets: false, as: "main" },
    shows: (struck, calm) => turnedAway(struck) === turnedAway(calm) + 1,
  },
  "delay": {
    when: START,
    with: { ...FORWARD, timeUs: 20_000, jitterUs: 0, distribution: "uniform", forUs: null },
    shows: (struck, calm) =>
      first(struck, "destination", "active") >= first(calm, "destination", "active") + 19_000,
  },
  "low-rate": {
    when: START,
    with: { ...FORWARD, bytesPerSecond: 20_000, limitBytes: 4096, forUs: null },
    shows: (struck, calm) =>
      first(calm, "destination", "completed") < calm.milestones.healedUs! &&
      first(struck, "destination", "completed") > struck.milestones.healedUs!,
  },
  "stall": {
    when: MAIN_OPENED,
    with: { ...FORWARD, forUs: 50_000 },
    shows: (struck, calm) =>
      first(struck, "destination", "active") >= first(calm, "destination", "active") + 49_000,
  },
  "merged-reads": {
    when: MAIN_OPENED,
    with: { ...FORWARD, everyUs: 10_000, times: 5 },
    shows: (struck, calm) =>
      first(struck, "destination", "active") >= first(calm, "destination", "active") + 9000,
  },
  "torn-reads": {
    when: MAIN_OPENED,
    with: { ...FORWARD, readBytes: 1, reads: 300 },
    shows: (struck, calm) => struck.outcome!.steps >= calm.outcome!.steps + 250,
  },
  "reset": { when: IN_POSTCOPY, with: { role: "main" }, shows: pausedAfterBreak },
  "close": { when: IN_POSTCOPY, with: { role: "main" }, shows: pausedAfterBreak },
  "half-open": {
    when: IN_POSTCOPY,
    with: { role: "main", gone: "near" },
    shows: (struck) =>
      first(struck, "source", "postcopy-paused") < 200_000 &&
      first(struck, "destination", "postcopy-paused") >
        first(struck, "source", "postcopy-paused") + 50_000,
  },
  "cut": {
    when: MAIN_OPENED,
    with: { ...FORWARD, afterBytes: 10_000 },
    shows: (struck) => first(struck, "destination", "failed") < 50_000 && carried(struck) >= 10_000,
  },
  "truncated": {
    when: MAIN_OPENED,
    with: { ...FORWARD, afterBytes: 10_000 },
    shows: (struck) =>
      first(struck, "destination", "failed") < 50_000 &&
      (struck.states[1].destination?.errorDesc ?? "").includes("end"),
  },
  "corrupted-byte": {
    when: MAIN_OPENED,
    with: { ...FORWARD, afterBytes: 0, mask: 255 },
    shows: (struck, calm) => turnedAway(struck) === turnedAway(calm) + 1,
  },
  "loop-stalled": {
    when: IN_POSTCOPY,
    with: { side: "destination", us: 30_000 },
    shows: ({ silences }) =>
      silences.some(({ engine, us }) => engine === "destination" && us >= 19_000),
  },
  "source-dies": {
    when: IN_POSTCOPY,
    with: {},
    shows: ({ deaths, states }) => deaths[0]?.engine === "source" && states[1].source === undefined,
  },
  "destination-dies": {
    when: IN_POSTCOPY,
    with: {},
    shows: (struck) =>
      struck.deaths[0]?.engine === "destination" &&
      first(struck, "source", "postcopy-paused") < Infinity,
  },
  "slow-work": {
    when: START,
    with: { side: "source", factor: 300, forUs: null },
    shows: (struck, calm) => {
      const switchUs = (history: History) =>
        first(history, "source", "postcopy-active") - first(history, "source", "device");
      return switchUs(struck) >= 50 * Math.max(1, switchUs(calm));
    },
  },
  "slow-vcpu": {
    when: { on: "time", us: 15_000 },
    with: { side: "source", vcpu: 0, us: 40_000 },
    shows: (struck, calm) => firstStop(struck) >= firstStop(calm) + 20_000,
  },
  "late-fault": {
    when: START,
    with: { us: 20_000, forUs: null },
    shows: (struck, calm) => slowestRequest(calm) < 10_000 && slowestRequest(struck) >= 20_000,
  },
  "operator-cancels": {
    when: { on: "time", us: 5000 },
    with: { times: 3, gapUs: 10 },
    shows: (struck) =>
      given(struck, "migrate_cancel") === 3 && first(struck, "source", "cancelled") < Infinity,
  },
  "operator-pauses": {
    when: IN_POSTCOPY,
    with: { ...ONCE, side: "destination" },
    shows: pausedAfterBreak,
  },
  "operator-recovers": {
    when: IN_POSTCOPY,
    with: { times: 2, gapUs: 100 },
    shows: (struck) => given(struck, "migrate-recover") === 2,
  },
  "operator-resumes": {
    when: IN_POSTCOPY,
    with: { ...ONCE, to: "nowhere" },
    shows: (struck) => given(struck, "migrate", '"uri":"unix:/nowhere","resume":true') === 1,
  },
  "operator-migrates-again": {
    when: IN_POSTCOPY,
    with: { ...ONCE, to: "nowhere" },
    shows: (struck) => given(struck, "migrate", '"uri":"unix:/nowhere"}') === 1,
  },
  "operator-starts-postcopy": {
    when: { on: "time", us: 2000 },
    with: ONCE,
    shows: (struck, calm) =>
      first(struck, "source", "postcopy-active") <
        first(calm, "source", "postcopy-active") - 10_000,
  },
  "operator-continues": {
    when: IN_POSTCOPY,
    with: ONCE,
    shows: (struck) => given(struck, "migrate-continue") === 1,
  },
  "operator-starts-guest": {
    when: IN_POSTCOPY,
    with: { ...ONCE, side: "source" },
    shows: (struck) => given(struck, "cont") === 1,
  },
  "operator-sets-parameter": {
    when: IN_POSTCOPY,
    with: { parameter: "max-postcopy-bandwidth", value: 20_000 },
    shows: (struck, calm) =>
      first(struck, "source", "completed") > first(calm, "source", "completed") + 50_000,
  },
  "write-storm": {
    when: { on: "time", us: 1000 },
    with: { side: "source", touchesPerSecond: 20_000, forUs: 10_000 },
    shows: (struck) =>
      given(struck, "x-guest", "20000") === 1 && given(struck, "x-guest", "200}") === 1,
  },
  "fault-burst": {
    when: IN_POSTCOPY,
    with: { side: "destination", touchesPerSecond: 20_000, forUs: 20_000 },
    shows: (struck, calm) => faultedPages(struck) > faultedPages(calm),
  },
  "one-page": {
    when: START,
    with: { hotTouches: 1 },
    shows: (struck, calm) => faultedPages(struck) < faultedPages(calm),
  },
  "zero-ram": {
    when: START,
    with: {},
    shows: (struck, calm) => carried(struck) < carried(calm) / 2,
  },
};
