/**
 * Many conditions on the same links, as one shim's specification: where several apply, the hardest of each kind counts.
 *
 * @module
 */

import type {
  Direction,
  ShimRole,
  ShimRule,
  ShimSpec,
  TrafficCondition,
} from "../../lib/netem/conditions.ts";

const ROLES: readonly ShimRole[] = ["main", "preempt"];
const DIRECTIONS: readonly Direction[] = ["source-to-destination", "destination-to-source"];

/** One specification for all rules. Of connect conditions on the same connect the first counts, as in a shim. */
export function mergeConditions(rules: readonly ShimRule[]): ShimSpec {
  const connects = rules.filter(({ connect }) => connect !== undefined);
  const traffic = ROLES.flatMap((role) =>
    DIRECTIONS.flatMap((direction) => {
      const parts = rules.flatMap((rule) =>
        appliesTo(rule, role, direction) ? [rule.traffic!] : []
      );
      return parts.length === 0 ? [] : [{ role, direction, traffic: parts.reduce(hardest) }];
    })
  );
  return [...connects, ...traffic];
}

function appliesTo(rule: ShimRule, role: ShimRole, direction: Direction): boolean {
  return rule.traffic !== undefined && rule.role === role &&
    (rule.direction === undefined || rule.direction === direction);
}

function hardest(one: TrafficCondition, other: TrafficCondition): TrafficCondition {
  const delay = harder(one.delay, other.delay, ({ timeUs, jitterUs }) => timeUs + jitterUs);
  const rate = harder(one.rate, other.rate, ({ bytesPerSecond }) => -bytesPerSecond);
  const limitBytes = harder(one.limitBytes, other.limitBytes, (bytes) => -bytes);
  return {
    ...(delay === undefined ? {} : { delay }),
    ...(rate === undefined ? {} : { rate }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
  };
}

function harder<T>(
  a: T | undefined,
  b: T | undefined,
  hardness: (value: T) => number,
): T | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return hardness(a) >= hardness(b) ? a : b;
}
