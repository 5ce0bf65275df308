/**
 * From a history to a verdict.
 *
 * @module
 */

import type { History } from "./history.ts";
import type { Oracle } from "./oracles/oracle.ts";
import { ORACLE_NAMES, type OracleName, ORACLES } from "./oracles/oracle_table.ts";

/** An oracle that does not hold. */
export interface Violation {
  readonly oracle: OracleName;
  /** What was seen, as one sentence. */
  readonly message: string;
}

/** `unknown`: an oracle could not say, so nobody may say that all hold. */
export type Verdict =
  | { readonly kind: "holds" }
  | { readonly kind: "violated"; readonly violations: readonly [Violation, ...Violation[]] }
  | { readonly kind: "unknown"; readonly oracle: OracleName; readonly error: unknown };

/** Asks every oracle. What is violated is said even where another oracle crashed. */
export function judge(
  history: History,
  oracles: Readonly<Record<OracleName, Oracle>> = ORACLES,
): Verdict {
  const violations: Violation[] = [];
  let unknown: Verdict | null = null;
  for (const oracle of ORACLE_NAMES) {
    try {
      const message = oracles[oracle].check(history);
      if (message !== null) violations.push({ oracle, message });
    } catch (error) {
      unknown ??= { kind: "unknown", oracle, error };
    }
  }
  const [first, ...others] = violations;
  if (first !== undefined) return { kind: "violated", violations: [first, ...others] };
  return unknown ?? { kind: "holds" };
}
