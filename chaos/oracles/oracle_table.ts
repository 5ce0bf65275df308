/**
 * Every oracle, by name.
 *
 * @module
 */

import { COMMAND_ORACLES } from "./commands.ts";
import { ENGINE_ORACLES } from "./engine.ts";
import { GUEST_ORACLES } from "./guest.ts";
import type { Oracle } from "./oracle.ts";
import { RATE_ORACLES } from "./rates.ts";
import { RECOVERY_ORACLES } from "./recovery.ts";
import { REQUEST_ORACLES } from "./requests.ts";
import { STATE_ORACLES } from "./states.ts";
import { STRANGER_ORACLES } from "./strangers.ts";
import { TIME_ORACLES } from "./time.ts";

/** The table, the most telling first: a crash explains what comes after it. */
export const ORACLES = {
  ...ENGINE_ORACLES,
  ...GUEST_ORACLES,
  ...STATE_ORACLES,
  ...COMMAND_ORACLES,
  ...TIME_ORACLES,
  ...RECOVERY_ORACLES,
  ...REQUEST_ORACLES,
  ...RATE_ORACLES,
  ...STRANGER_ORACLES,
} as const satisfies Record<string, Oracle>;

export type OracleName = keyof typeof ORACLES;

export const ORACLE_NAMES = Object.keys(ORACLES) as readonly OracleName[];
