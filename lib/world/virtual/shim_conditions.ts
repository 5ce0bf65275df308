/**
 * Which conditions of a shim's specification apply to a connect and its two directions.
 *
 * @module
 */

import type {
  ConnectCondition,
  Direction,
  ShimRole,
  ShimRule,
  ShimSpec,
  TrafficCondition,
} from "../../netem/conditions.ts";
import type { ChannelRole } from "../world.ts";

/** What rules are told apart by. */
export interface ShimPlace {
  readonly role: ShimRole;
  readonly phase: number;
}

/** Where a channel of `role` that is connected in `phase` stands; `null` for channels that no shim touches. */
export function shimPlace(role: ChannelRole, phase: number): ShimPlace | null {
  return role === "main" || role === "preempt" ? { role, phase } : null;
}

/** The condition of a connect; `null`: none. */
export function connectCondition(
  spec: ShimSpec,
  place: ShimPlace | null,
): ConnectCondition | null {
  return spec.find((rule) => rule.connect !== undefined && fits(rule, place))?.connect ?? null;
}

/** The condition of one direction; `null`: none. */
export function trafficCondition(
  spec: ShimSpec,
  place: ShimPlace | null,
  direction: Direction,
): TrafficCondition | null {
  const rule = spec.find((rule) =>
    rule.traffic !== undefined && fits(rule, place) &&
    (rule.direction === undefined || rule.direction === direction)
  );
  return rule?.traffic ?? null;
}

function fits(rule: ShimRule, place: ShimPlace | null): boolean {
  return place !== null && rule.role === place.role &&
    (rule.phase === undefined || rule.phase === place.phase);
}
