/**
 * A run as lanes of spans, from the source down to the destination: what a timeline draws, and what its table says. No drawing here, and
 * nothing of a browser.
 *
 * @module
 */

import { formatTime } from "../format_time.ts";
import type { TimelineData } from "../timeline.ts";

type Standstill = TimelineData["sides"]["source"]["stalls"][number];

/** One line of a timeline. */
export interface Lane {
  readonly name: string;
  readonly spans: readonly Span[];
}

export interface Span {
  readonly fromUs: number;
  readonly toUs: number;
  readonly kind: string;
  /** Written into it where it fits. */
  readonly label: string;
  /** Said when it is pointed at. */
  readonly says: string;
}

/** Connects that took longer are shaded, in microseconds. */
export const SLOW_CONNECT_US = 5000;

/** The lanes of a run, from the source down to the destination. */
export function lanesOf(run: TimelineData): Lane[] {
  const side = (name: "source" | "destination"): Lane[] => {
    const { statuses, stalls, silences } = run.sides[name];
    return [
      {
        name,
        spans: spansOf(
          statuses,
          run.endUs,
          ({ status }) => status,
          (status) => `${name}: ${status}`,
        ),
      },
      { name: "main loop", spans: standstills(stalls, "still", `${name}'s main loop stood still`) },
      { name: "QMP", spans: standstills(silences, "silent", `${name}'s QMP owed an answer`) },
    ];
  };
  return [
    ...side("source"),
    { name: "connects", spans: connectsOf(run) },
    {
      name: "guest runs on",
      spans: spansOf(run.guest, run.endUs, ({ on }) => `guest-${on}`, (kind) => {
        const on = kind.slice("guest-".length);
        return on === "none" ? "guest: stopped" : `guest: on the ${on}`;
      }),
    },
    ...side("destination"),
    ...run.idle === null ? [] : [{
      name: "idle control",
      spans: standstills(run.idle, "idle", "a loop that does nothing stood still"),
    }],
  ];
}

/** Stretches that last until the next one begins. */
function spansOf<S extends { readonly fromUs: number }>(
  starts: readonly S[],
  endUs: number,
  kindOf: (start: S) => string,
  say: (kind: string) => string,
): Span[] {
  return starts.map((start, index) => {
    const toUs = starts[index + 1]?.fromUs ?? endUs;
    const kind = kindOf(start);
    return {
      fromUs: start.fromUs,
      toUs,
      kind,
      label: kind.replace("guest-", "").replace("none", "stopped"),
      says: `${say(kind)}, for ${formatTime(toUs - start.fromUs)}`,
    };
  });
}

function standstills(list: readonly Standstill[], kind: string, what: string): Span[] {
  return list.map(([fromUs, us, cpuWaitUs]) => ({
    fromUs,
    toUs: fromUs + us,
    kind,
    label: formatTime(us),
    says: `${what} for ${formatTime(us)}${
      cpuWaitUs === null ? "" : `, of which ${formatTime(cpuWaitUs)} it waited for a CPU`
    }`,
  }));
}

function connectsOf({ connects, endUs }: TimelineData): Span[] {
  return connects.map(({ role, phase, beginUs, endUs: until, failure }) => {
    const toUs = until ?? endUs;
    const kind = failure !== null
      ? "failed"
      : toUs - beginUs >= SLOW_CONNECT_US
      ? "slow"
      : "connect";
    const when = phase === 0 ? "" : `, recovery ${phase}`;
    const how = failure === null ? (until === null ? ", not ended" : "") : `, failed: ${failure}`;
    return {
      ...{ fromUs: beginUs, toUs, kind, label: role },
      says: `connect of ${role}${when} for ${formatTime(toUs - beginUs)}${how}`,
    };
  });
}

/** What is shaded through all lanes: slow connects, and a migration that is paused. */
export function shadesOf(run: TimelineData): Span[] {
  const slow = connectsOf(run).filter(({ kind }) => kind === "slow");
  const paused = lanesOf(run)[0]!.spans.filter(({ kind }) => kind === "postcopy-paused");
  return [...slow, ...paused.map((span) => ({ ...span, kind: "paused" }))];
}

/** Something that happened in a run. */
export interface Happening {
  readonly atUs: number;
  readonly where: string;
  readonly what: string;
}

/** What happened in a run, in order. Of standstills only the long ones, since there can be hundreds. */
export function happenings(run: TimelineData): Happening[] {
  const isMinor = ({ kind, fromUs, toUs }: Span) =>
    ["still", "silent", "idle"].includes(kind) && toUs - fromUs < SLOW_CONNECT_US;
  return [
    ...run.commands.map(({ atUs, on, name }) => ({ atUs, where: on, what: `operator: ${name}` })),
    ...run.closed.map(({ atUs, on, role, reason }) => ({
      atUs,
      where: on,
      what: `channel ${role} closed: ${reason}`,
    })),
    ...lanesOf(run).flatMap(({ name, spans }) =>
      spans.filter((span) => !isMinor(span))
        .map(({ fromUs, says }) => ({ atUs: fromUs, where: name, what: says }))
    ),
  ].sort((a, b) => a.atUs - b.atUs);
}
