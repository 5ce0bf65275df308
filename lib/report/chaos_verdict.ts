/**
 * A chaos result in a few words: its verdict, one sentence, and how a failure is seen again.
 *
 * @module
 */

import type { ChaosResult } from "./chaos_result.ts";
import { quoteShell } from "./quote_shell.ts";
import type { Verdict } from "./result.ts";
import { count } from "./verdict_sentence.ts";

/** A campaign's verdicts in the words of a bench's, for the marks. */
export const CHAOS_VERDICTS: Readonly<Record<ChaosResult["verdict"], Verdict>> = {
  holds: "pass",
  violated: "fail",
  unknown: "inconclusive",
};

/** What a verdict is called at the head of a report. */
export const CHAOS_WORDS: Readonly<Record<ChaosResult["verdict"], string>> = {
  holds: "Everything held",
  violated: "Violated",
  unknown: "Unknown",
};

/** The sentence for a result. */
export function chaosSentence(result: ChaosResult): string {
  const { verdict, violations, unknown, seeds, mutants } = result;
  if (mutants !== undefined) {
    const found = mutants.filter((one) => one.found).length;
    return `${found} of ${count(mutants.length, "known defect")} found, in ${seeds} runs.`;
  }
  const oracles = new Set(violations.map(({ oracle }) => oracle));
  switch (verdict) {
    case "holds":
      return `Every oracle held in every one of ${seeds} runs.`;
    case "violated":
      return `${count(oracles.size, "oracle")} did not hold: ${[...oracles].join(", ")}; seen in ${
        count(new Set(violations.map(({ seed }) => seed)).size, "run")
      } of ${seeds}.`;
    case "unknown":
      return `Nothing is known to be wrong, but of ${
        count(unknown.length, "run")
      } an oracle could not say.`;
  }
}

/** The commands that show a run again: as it was found, which works wherever the code is, and as it was shrunk, where the file is. */
export function commandsAgain(
  { seed, repro = null }: { readonly seed: string; readonly repro?: string | null },
): readonly string[] {
  const replay = repro === null ? [] : [`deno task chaos --replay ${quoteShell(repro)}`];
  return [`deno task chaos --seed ${seed}`, ...replay];
}

/** The oracles that were asked, with what each states: those of the result, and what else a campaign looks at where it was broken. */
export function oraclesOf({ meanings, violations, unknown }: ChaosResult): Map<string, string> {
  const named = [...violations, ...unknown].map(({ oracle }) => [oracle, ""] as const);
  return new Map([...named, ...Object.entries(meanings?.oracles ?? {})]);
}

/** How often each rare path was taken, the rarest first. */
export function rarePathsOf({ coverage }: ChaosResult): readonly (readonly [string, number])[] {
  return Object.entries(coverage.marks).toSorted(([, a], [, b]) => a - b);
}
