/**
 * A chaos result as Markdown, for the summary of a CI job and for pull requests: verdict, what did not hold and how to see it again, what
 * was covered.
 *
 * @module
 */

import type { ChaosResult } from "./chaos_result.ts";
import {
  CHAOS_VERDICTS,
  CHAOS_WORDS,
  chaosSentence,
  commandsAgain,
  rarePathsOf,
} from "./chaos_verdict.ts";
import { formatFigure } from "./format_figure.ts";
import { code, details, escape, MARKS, table } from "./markdown.ts";

/** Violations that are shown; the result file has them all. */
const SHOWN = 20;

/** The text of a Markdown file. */
export function renderChaosMarkdown(result: ChaosResult): string {
  const { verdict, commit, seedsPerSecond, baseSeed, strategy, violations, unknown } = result;
  const mark = MARKS[CHAOS_VERDICTS[verdict]];
  return [
    `## ${mark} Faultline chaos: ${CHAOS_WORDS[verdict].toLowerCase()}`,
    `${escape(chaosSentence(result))} Base seed ${baseSeed}, strategy ${escape(strategy)}, ${
      formatFigure(seedsPerSecond)
    } seeds a second, commit ${escape(commit)}.`,
    ...violations.length > 0 ? [findings("fail", violations)] : [],
    ...unknown.length > 0 ? [findings("inconclusive", unknown)] : [],
    ...result.mutants === undefined ? [coverage(result)] : [mutantTable(result.mutants)],
  ].join("\n\n") + "\n";
}

type Finding = ChaosResult["unknown"][number] & { readonly repro?: string | null };

function findings(mark: keyof typeof MARKS, runs: readonly Finding[]): string {
  const rows = runs.slice(0, SHOWN).map((one) => [
    MARKS[mark],
    escape(one.oracle),
    escape(one.message),
    commandsAgain(one).map(code).join(", "),
  ]);
  const more = runs.length > SHOWN ? [`${runs.length - SHOWN} more are in the result file.`] : [];
  return [table(["", "oracle", "what was seen", "again"], rows, 4), ...more].join("\n\n");
}

function mutantTable(mutants: NonNullable<ChaosResult["mutants"]>): string {
  const rows = mutants.map(({ id, found, oracle, seeds, seconds, faultsInPlan }) => [
    MARKS[found ? "pass" : "fail"],
    escape(id),
    escape(oracle ?? "not found"),
    String(seeds),
    formatFigure(seconds),
    faultsInPlan === null ? "" : String(faultsInPlan),
  ]);
  return table(["", "defect", "oracle", "seeds", "seconds", "faults"], rows, 3);
}

/** The rare paths: they say in a few lines what the two tables of statuses and faults say in many. */
function coverage(result: ChaosResult): string {
  const paths = rarePathsOf(result);
  const taken = paths.filter(([, runs]) => runs > 0).length;
  const rows = paths.map(([name, runs]) => [
    escape(name),
    escape(result.meanings?.marks[name] ?? ""),
    String(runs),
  ]);
  return details(
    `${taken} of ${paths.length} rare paths were taken`,
    table(["rare path", "it happened that", "runs"], rows, 2),
  );
}
