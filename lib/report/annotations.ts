/**
 * What GitHub Actions shows beside a job: a line for each thing that does not hold, in its workflow commands.
 *
 * @module
 */

import type { ChaosResult } from "./chaos_result.ts";
import { commandsAgain } from "./chaos_verdict.ts";
import type { Comparison } from "./comparison.ts";
import { describeVerdict, failuresOf, inReadingOrder, nameOfFigure } from "./comparison_verdict.ts";
import { describeFigures } from "./margin.ts";
import type { Result } from "./result.ts";

/** GitHub shows ten of a step, and no more. */
const SHOWN = 10;

/** The lines, to be printed on stdout. */
export function annotationsOf({ runs, thresholds }: Result): string[] {
  const failed = runs.flatMap(({ scenario, failure }) =>
    failure === undefined ? [] : command("error", scenario, failure)
  );
  const broken = thresholds.filter(({ verdict }) => verdict !== "pass").map((threshold) => {
    const { expression, verdict } = threshold;
    const level = verdict === "fail" ? "error" : "warning";
    return command(level, "threshold", `${expression}: ${describeFigures(threshold)}`);
  });
  return [...failed, ...broken].slice(0, SHOWN);
}

/** The same for a campaign of chaos, with the command that repeats each. */
export function chaosAnnotationsOf({ violations, unknown, mutants = [] }: ChaosResult): string[] {
  const line = (level: "error" | "warning") => (one: ChaosResult["unknown"][number]) =>
    command(level, one.oracle, `${one.message}\n${commandsAgain(one)[0]}`);
  const missed = mutants.filter(({ found }) => !found).map(({ id, seeds }) =>
    command("error", id, `Not found in ${seeds} seeds`)
  );
  return [...violations.map(line("error")), ...unknown.map(line("warning")), ...missed]
    .slice(0, SHOWN);
}

/** The same for a comparison. What is unfit has one reason for many figures, which is said once. */
export function comparisonAnnotationsOf(comparison: Comparison): string[] {
  const failed = failuresOf(comparison).map((sentence) => command("error", "compare", sentence));
  const open = inReadingOrder(comparison.figures).filter(({ verdict }) =>
    verdict === "inconclusive"
  ).map((figure) =>
    command("warning", "compare", `${nameOfFigure(figure)}: ${describeVerdict(figure)}`)
  );
  const reasons = new Set(comparison.figures.flatMap(({ reason }) => reason ?? []));
  const unfit = [...reasons].map((reason) => command("warning", "compare", `unfit: ${reason}`));
  return [...failed, ...unfit, ...open].slice(0, SHOWN);
}

/**
 * A workflow command, escaped as GitHub asks for.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(command("error", "a,b", "50 %\nof it"), "::error title=a%2Cb::50 %25%0Aof it");
 * ```
 */
export function command(level: "error" | "warning", title: string, message: string): string {
  const text = (of: string) =>
    of.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
  const property = text(title).replaceAll(":", "%3A").replaceAll(",", "%2C");
  return `::${level} title=${property}::${text(message)}`;
}
