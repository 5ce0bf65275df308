/**
 * A history as a sequence of steps between operator, faults and engines, for reports.
 *
 * @module
 */

import type { Sequence, SequenceStep } from "../lib/report/chaos_sequence.ts";
import type { EngineName, History } from "./history.ts";

/** Steps that a result keeps of a run: more, nobody reads. */
const STEPS_BEFORE = 60;
const STEPS_BEHIND = 10;

/** The steps of a run around a moment. @param momentUs of the failure; Infinity: it shows at the end. */
export function sequenceOf(history: History, momentUs: number): Sequence {
  const steps = stepsOf(history).sort((a, b) => a.atUs - b.atUs);
  const found = steps.findIndex(({ atUs }) => atUs > momentUs);
  const at = found === -1 ? steps.length : found;
  const kept = steps.slice(Math.max(0, at - STEPS_BEFORE), at + STEPS_BEHIND);
  return {
    faults: history.plan.faults.map(({ kind, when, ...parameters }) =>
      `${kind} ${JSON.stringify(parameters)} when ${JSON.stringify(when)}`
    ),
    steps: kept.map((step) => ({ ...step, atUs: Math.round(step.atUs) })),
    leftOut: steps.length - kept.length,
  };
}

function stepsOf(history: History): SequenceStep[] {
  const by = (who: EngineName) => ({ from: who, to: who });
  return [
    // First, for what they do comes at the same time.
    ...strikeSteps(history),
    ...commandSteps(history),
    ...history.statuses.map(({ timeUs, engine, status }) => ({
      ...{ atUs: timeUs, ...by(engine), kind: "status" as const, text: status },
    })),
    ...history.events.filter(({ name }) => name !== "MIGRATION_PASS").map((event) => {
      const data = Object.values(event.data).map(String).join(", ");
      const text = `${event.name}${data === "" ? "" : `: ${data}`}`;
      return { atUs: event.timeUs, ...by(event.engine), kind: "event" as const, text };
    }),
    ...channelSteps(history),
    ...history.silences.map(({ engine, fromUs, us }) => ({
      atUs: fromUs,
      ...by(engine),
      kind: "standstill" as const,
      text: `main loop serves nothing for ${(us / 1000).toFixed(1)} ms`,
    })),
    ...history.deaths.map(({ timeUs, engine }) => ({
      ...{ atUs: timeUs, ...by(engine), kind: "strike" as const, text: "dies" },
    })),
    ...history.guestMoves.map(({ timeUs, engine }) => ({
      ...{ atUs: timeUs, ...by(engine), kind: "event" as const, text: "the guest writes here" },
    })),
    ...noteSteps(history),
  ];
}

/** What the operator says, and what is refused. His queries are left out: he asks all the time. */
function commandSteps({ commands }: History): SequenceStep[] {
  return commands.filter(({ by, command }) => by !== "prober" && !command.startsWith("query-"))
    .flatMap(({ by, engine, command, arguments: args, askedUs, answeredUs, error }) => {
      const from = by === "fault" ? "faults" : "operator";
      const given = Object.keys(args).length === 0 ? "" : ` ${JSON.stringify(args)}`;
      const unanswered = answeredUs === null ? " (no answer)" : "";
      const asked = { atUs: askedUs, from, to: engine, kind: "command" } as const;
      const steps: SequenceStep[] = [{ ...asked, text: `${command}${given}${unanswered}` }];
      if (error !== null && answeredUs !== null) {
        const refusal = { atUs: answeredUs, from: engine, to: from, kind: "refusal" } as const;
        steps.push({ ...refusal, text: error.desc });
      }
      return steps;
    });
}

function strikeSteps({ strikes, plan }: History): SequenceStep[] {
  return strikes.map(({ timeUs, index, hit }) => {
    const fault = plan.faults[index]!;
    const to = "side" in fault ? fault.side : "faults";
    const text = `${fault.kind}${hit ? "" : " (nothing to strike)"}`;
    return { atUs: timeUs, from: "faults", to, kind: "strike", text } as const;
  });
}

function channelSteps({ connections }: History): SequenceStep[] {
  return connections.flatMap(({ role, phase, migration, openedUs, closedUs }) => {
    const [from, to] = migration === 1
      ? ["source", "destination"] as const
      : ["destination", "third"] as const;
    const name = `${role}${phase === 0 ? "" : `, recovery ${phase}`}`;
    const step = { from, to, kind: "channel" } as const;
    const opened = { ...step, atUs: openedUs, text: `${name}: connected` };
    return closedUs === null
      ? [opened]
      : [opened, { ...step, atUs: closedUs, text: `${name}: closed` }];
  });
}

function noteSteps({ milestones, crash, outcome }: History): SequenceStep[] {
  const notes: readonly (readonly [number | null, string])[] = [
    [milestones.healedUs, "everything heals"],
    [milestones.settledUs, "settled"],
    [milestones.secondUs, "second migration"],
    [milestones.secondSettledUs, "settled again"],
    [milestones.endedUs, "every engine has ended"],
    [crash === null ? null : outcome?.nowUs ?? milestones.endedUs ?? 0, `crash: ${crash}`],
  ];
  return notes.flatMap(([atUs, text]) =>
    atUs === null ? [] : { atUs, from: "operator", to: "third", kind: "note", text } as const
  );
}
