/**
 * Which conditions of a shim's specification apply: the first rule that fits and has one wins.
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
} from "./conditions.ts";

/** A channel as rules see it. */
export interface ShimmedPlace {
  readonly role: ShimRole;
  /** The connect phase in which the channel was connected: 0 = start of the migration, k = k-th recovery. */
  readonly phase: number;
}

/** The condition of a connect, or `null` when no rule has one for it. */
export function connectConditionOf(spec: ShimSpec, place: ShimmedPlace): ConnectCondition | null {
  return spec.find((rule) => rule.connect !== undefined && fits(rule, place))?.connect ?? null;
}

/** The condition of a channel's bytes in one direction, or `null` when no rule has one for it. */
export function trafficConditionOf(
  spec: ShimSpec,
  place: ShimmedPlace,
  direction: Direction,
): TrafficCondition | null {
  const rule = spec.find((rule) =>
    rule.traffic !== undefined && fits(rule, place) && fitsDirection(rule, direction)
  );
  return rule?.traffic ?? null;
}

/**
 * The rate of the link that channels whose rate is `of: "link"` share in one direction, in bytes per second; `null` while
 * no rule gives one. There is one link in a direction, so the first rule of the phase that gives it a rate wins, whatever
 * its role.
 */
export function linkRateOf(spec: ShimSpec, phase: number, direction: Direction): number | null {
  const rule = spec.find((rule) =>
    rule.traffic?.rate?.of === "link" && fitsPhase(rule, phase) && fitsDirection(rule, direction)
  );
  return rule?.traffic?.rate?.bytesPerSecond ?? null;
}

function fits(rule: ShimRule, { role, phase }: ShimmedPlace): boolean {
  return rule.role === role && fitsPhase(rule, phase);
}

function fitsPhase(rule: ShimRule, phase: number): boolean {
  return rule.phase === undefined || rule.phase === phase;
}

function fitsDirection(rule: ShimRule, direction: Direction): boolean {
  return rule.direction === undefined || rule.direction === direction;
}
