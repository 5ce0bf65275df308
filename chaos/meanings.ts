/**
 * What the names in a result mean, so that a report can be made of its file alone.
 *
 * @module
 */

import type { ChaosResult } from "../lib/report/chaos_result.ts";
import { SIDES, statusesOfSide } from "./coverage.ts";
import { FAULT_NAMES, FAULTS } from "./faults/fault_table.ts";
import { MARK_NAMES, MARKS } from "./marks.ts";
import { ORACLE_NAMES, ORACLES } from "./oracles/oracle_table.ts";
import { reasonOf } from "./unreachable.ts";

/** By kind of name. */
export const MEANINGS: NonNullable<ChaosResult["meanings"]> = {
  oracles: Object.fromEntries(ORACLE_NAMES.map((name) => [name, ORACLES[name].states])),
  faults: Object.fromEntries(FAULT_NAMES.map((name) => [name, FAULTS[name].does])),
  marks: Object.fromEntries(MARK_NAMES.map((name) => [name, MARKS[name].happens])),
  statuses: {
    source: [...statusesOfSide("source")],
    destination: [...statusesOfSide("destination")],
  },
  unreachable: SIDES.flatMap((side) =>
    FAULT_NAMES.flatMap((fault) =>
      statusesOfSide(side).flatMap((status) => {
        const reason = reasonOf({ side, fault, status });
        return reason === null
          ? []
          : [[side, fault, status, reason] as [string, string, string, string]];
      })
    )
  ),
};
