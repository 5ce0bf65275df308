/**
 * A stand-in for `@std/async` with what Faultline calls of it.
 *
 * @module
 */

export { deadline, type DeadlineOptions } from "./deadline.ts";
export { delay, type DelayOptions } from "./delay.ts";
