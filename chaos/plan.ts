/**
 * A plan: everything that a run is made of but the schedule. It is data, so that it can be printed, shrunk, kept and replayed.
 *
 * @module
 */

import { z } from "zod";
import { FAULT, type Fault } from "./faults/fault_table.ts";
import { SETTING, type Setting } from "./setting.ts";

/** The most faults of one plan. */
export const FAULTS_MAX = 64;

/** A plan's parts. */
export const PLAN = z.strictObject({ ...SETTING.shape, faults: z.array(FAULT).max(FAULTS_MAX) });

/** A plan. */
export interface Plan extends Setting {
  readonly faults: readonly Fault[];
}

/** The guest, as faults shape it. */
export function guestOf({ guest, faults }: Plan): Setting["guest"] {
  let shaped = guest;
  for (const fault of faults) {
    if (fault.kind === "zero-ram") shaped = { ...shaped, fill: "zero" };
    if (fault.kind === "one-page") {
      const workload = { kind: "hot-cold", hotPages: 0, hotTouches: fault.hotTouches } as const;
      shaped = { ...shaped, workload };
    }
  }
  return shaped;
}
