/**
 * A result in one sentence, the first thing that anyone reads of it.
 *
 * @module
 */

import type { Result, Verdict } from "./result.ts";

/** What a verdict is called at the head of a report. */
export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  pass: "Passed",
  fail: "Failed",
  inconclusive: "Inconclusive",
};

/** The sentence for a result. */
export function verdictSentence({ runs, thresholds, verdict }: Result): string {
  const failed = runs.filter(({ failure }) => failure !== undefined).length;
  const broken = thresholds.filter((one) => one.verdict === "fail").length;
  const inDoubt = thresholds.filter((one) => one.verdict === "inconclusive").length;
  const of = `of ${count(thresholds.length, "threshold")}`;
  switch (verdict) {
    case "pass": {
      const held = thresholds.length === 0
        ? "No threshold was asked for"
        : `Everything held: all ${count(thresholds.length, "threshold")}`;
      return `${held}, ${describeRam(runs)}.`;
    }
    case "fail": {
      const parts = [
        ...broken > 0 ? [`${broken} ${of} did not hold`] : [],
        ...failed > 0 ? [`${failed} of ${count(runs.length, "run")} failed`] : [],
      ];
      const doubt = inDoubt > 0 ? `; ${inDoubt} more the machine was too noisy to judge` : "";
      return `${parts.join(", and ")}${doubt}.`;
    }
    case "inconclusive":
      return `The machine was too noisy to say: ${inDoubt} ${of} cannot be judged, the others hold.`;
  }
}

function describeRam(all: Result["runs"]): string {
  const runs = all.filter(({ outcome }) => outcome.ram !== "absent");
  if (runs.length === 0) return "and what the guest's RAM must hold is not known";
  const identical = runs.filter(({ outcome }) => outcome.ram === "identical").length;
  return identical === runs.length
    ? `and the guest's RAM was right, byte for byte, after ${
      runs.length === 1 ? "the run" : `each of ${runs.length} runs`
    }`
    : `and the guest's RAM was whole and right after ${identical} of ${runs.length} runs`;
}

/** A number and what it counts: `1 run`, `2 runs`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
