/**
 * A chaos result as JUnit XML: a case for each oracle, which fails where a run broke it, or for each known defect that was hunted.
 *
 * @module
 */

import type { ChaosResult } from "./chaos_result.ts";
import { commandsAgain, oraclesOf } from "./chaos_verdict.ts";
import { type Case, formatJunit, type Suite } from "./junit.ts";
import { count } from "./verdict_sentence.ts";

/** Runs that a case names; the result file has them all. */
const NAMED = 10;

/** The text of a JUnit file. */
export function renderChaosJunit(result: ChaosResult): string {
  return formatJunit("faultline chaos", [
    result.mutants === undefined ? oracleSuite(result) : mutantSuite(result.mutants, result),
  ]);
}

function oracleSuite(result: ChaosResult): Suite {
  const { seeds, seconds, unknown } = result;
  const cases = [...oraclesOf(result)].map(([oracle, states]): Case => {
    const broken = result.violations.filter((one) => one.oracle === oracle);
    const unsaid = unknown.filter((one) => one.oracle === oracle);
    const [element, runs] = broken.length > 0
      ? ["failure", broken] as const
      : ["error", unsaid] as const;
    return {
      name: oracle,
      seconds: 0,
      problem: runs.length === 0 ? null : {
        element,
        message: `${runs[0]!.message}${runs.length > 1 ? ` (and ${runs.length - 1} more)` : ""}`,
        details: runs.slice(0, NAMED)
          .flatMap((one) => [one.message, ...commandsAgain(one).map((again) => `  ${again}`)])
          .join("\n"),
      },
      output: states,
    };
  });
  const whole: Case = {
    name: "runs",
    seconds: Number(seconds.toFixed(3)),
    problem: null,
    output: `${count(seeds, "seed")} ran, ${result.repeated} of them twice`,
  };
  return { name: "oracles", cases: [whole, ...cases] };
}

function mutantSuite(
  mutants: NonNullable<ChaosResult["mutants"]>,
  { strategy }: ChaosResult,
): Suite {
  const cases = mutants.map(({ id, found, seed, oracle, seconds, seeds }): Case => ({
    name: id,
    seconds: Number(seconds.toFixed(3)),
    problem: found ? null : {
      element: "failure",
      message: `Not found in ${count(seeds, "seed")}`,
      details: `deno task chaos --mutant ${id} --strategy ${strategy}`,
    },
    output: found ? `Found by ${oracle}, seed ${seed}` : "",
  }));
  return { name: "known defects", cases };
}
