/**
 * What must hold of any migration between real QEMUs, whatever is done to it: nobody dies, the guest is on exactly one side and
 * whole, questions are answered, and once everything has healed it comes to an end.
 *
 * The hard thing is the destination that exits: when a migration fails before postcopy that is QEMU's way, and its guest runs on at
 * the source. From postcopy on it takes the guest with it.
 *
 * @module
 */

import { type QemuHistory, SIDES } from "./history.ts";

/** Something that did not hold. */
export interface QemuViolation {
  readonly oracle: "nobody-dies" | "one-guest" | "liveness" | "qmp-answers" | "memory";
  /** One sentence, with the side that it is about. */
  readonly message: string;
}

/** A monitor that is silent for longer than that is dead to whoever manages it. */
const SILENCE_MS_MAX = 3000;

/** What did not hold, the most telling first; empty: everything did. */
export function judgeQemu(history: QemuHistory): QemuViolation[] {
  if (isDisturbed(history)) return [];
  const died = judgeDeaths(history);
  // Whatever else is wrong follows from that.
  if (died.length > 0) return died;
  return [
    ...judgeLiveness(history),
    ...judgeGuest(history),
    ...judgeSilence(history),
    ...history.memoryProblem === null
      ? []
      : [{ oracle: "memory" as const, message: history.memoryProblem }],
  ];
}

/** Whether a side was killed by somebody else: nobody sends itself SIGKILL. Such a run says nothing. */
export function isDisturbed({ sides }: QemuHistory): boolean {
  return SIDES.some((side) => {
    const { end } = sides[side];
    return end?.kind === "killed" && end.signal === "SIGKILL";
  });
}

function judgeDeaths({ sides, wasPostcopy }: QemuHistory): QemuViolation[] {
  return SIDES.flatMap((side): QemuViolation[] => {
    const { end, errors } = sides[side];
    if (end === null) return [];
    if (end.kind === "killed") {
      const message = `the ${side} was killed by ${end.signal}${formatAssertion(errors)}`;
      return [{ oracle: "nobody-dies", message }];
    }
    if (side === "destination" && !wasPostcopy) return [];
    const lost = wasPostcopy ? ", and the guest with it" : "";
    return [{ oracle: "nobody-dies", message: `the ${side} exited with code ${end.code}${lost}` }];
  });
}

/** What did not hold in it, in its own words, without the line's number; tells one abort from another. */
function formatAssertion(errors: string): string {
  const [, assertion] = /: (\w+: Assertion `.*' failed)/.exec(errors) ?? [];
  return assertion === undefined ? "" : `: ${assertion}`;
}

function judgeLiveness({ isSettled, sides }: QemuHistory): QemuViolation[] {
  if (isSettled) return [];
  const [source, destination] = SIDES.map((side) => {
    const { status, runState } = sides[side];
    return `the ${side} is ${status} (${runState ?? "no answer"})`;
  });
  return [{ oracle: "liveness", message: `it never ends: ${source}, ${destination}` }];
}

function judgeGuest({ sides, isSettled }: QemuHistory): QemuViolation[] {
  const running = SIDES.filter((side) => sides[side].runState === "running");
  if (running.length === 2) {
    return [{ oracle: "one-guest", message: "the guest runs on both sides" }];
  }
  if (running.length === 1 || !isSettled) return [];
  const states = SIDES.map((side) => `${sides[side].runState ?? "gone"} on the ${side}`);
  return [{ oracle: "one-guest", message: `the guest runs nowhere: ${states.join(", ")}` }];
}

function judgeSilence({ sides }: QemuHistory): QemuViolation[] {
  return SIDES.filter((side) => sides[side].silenceMs > SILENCE_MS_MAX).map((side) => ({
    oracle: "qmp-answers",
    message: `the ${side} left a question unanswered for more than ${SILENCE_MS_MAX} ms`,
  }));
}
