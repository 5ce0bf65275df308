/**
 * The verdict on a side's RAM.
 *
 * @module
 */

import { describeDifferences, type RamDifference } from "../ram/expected_ram.ts";
import type { RamVerdict } from "./pair.ts";

/** Compares RAM that is there as a whole; a side that lacks pages has nothing to compare. */
export function judgeRam(
  whole: boolean,
  compare: () => readonly RamDifference[] | null,
): RamVerdict {
  if (!whole) return { verdict: "incomplete", detail: "pages are missing" };
  const differences = compare();
  if (differences === null) return { verdict: "identical" };
  return { verdict: "different", detail: describeDifferences(differences) };
}
