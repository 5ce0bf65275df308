/**
 * An arm: one setting of a scenario. Its name is made of its values, so the two cannot disagree.
 *
 * @module
 */

/** The value that one arm has on an axis. */
export type AxisValue = string | number | boolean;

/** A setting: a value for each axis, in the order of the scenario's axes. Empty where nothing varies. */
export type Arm = Readonly<Record<string, AxisValue>>;

/**
 * The name of an arm.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const arm = { "x-preempt-connect": "blocking", "connect-delay-ms": 250 };
 * assertEquals(formatArm(arm), "x-preempt-connect=blocking, connect-delay-ms=250");
 * ```
 */
export function formatArm(arm: Arm): string {
  return Object.entries(arm).map(([axis, value]) => `${axis}=${value}`).join(", ");
}
