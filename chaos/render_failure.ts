/**
 * A failure as text: the oracle and one sentence, the plan before and after shrinking, what happens around it, and how to see it again.
 *
 * @module
 */

import type { Colors } from "../lib/report/colors.ts";
import type { Failure } from "./campaign/explain.ts";
import { renderPlan } from "./render.ts";

/** Where it was found. */
export interface Origin {
  readonly seed: bigint;
  /** The repro file; `null` where none could be written. */
  readonly repro: string | null;
}

/** The text of a failure. */
export function renderFailure(failure: Failure, { seed, repro }: Origin, colors: Colors): string {
  const { oracle, message, found, shrunk, tries, seconds, minimal, otherChoices } = failure;
  const before = found.plan.faults.length;
  const after = shrunk.plan.faults.length;
  const least = after === 0
    ? "it takes none"
    : minimal
    ? "without any one of its faults it passes"
    : "the time was over before each of its faults was tried";
  return [
    `${colors.red(oracle)}  ${message}`,
    "",
    colors.bold(`As found: ${before} faults`),
    renderPlan(found),
    "",
    colors.bold(
      `Shrunk by ${tries} tries in ${seconds.toFixed(1)} s: ${after} faults, ` +
        `${otherChoices} choices that are not the first; ${least}`,
    ),
    renderPlan(shrunk),
    "",
    failure.timeline,
    "",
    repro === null
      ? `Again: deno task chaos --seed ${seed}`
      : `Again: deno task chaos --replay ${repro}   (as found: --seed ${seed})`,
  ].join("\n");
}
