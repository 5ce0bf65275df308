/**
 * The exit codes of `chaos`, the same as every subcommand's.
 *
 * @module
 */

import type { ChaosResult } from "../lib/report/chaos_result.ts";

/** By verdict. */
export const EXIT_CODES: Readonly<Record<ChaosResult["verdict"], number>> = {
  holds: 0,
  violated: 1,
  unknown: 3,
};
export const EXIT_USAGE = 2;
export const EXIT_BUG = 70;
export const EXIT_INTERRUPTED = 130;
