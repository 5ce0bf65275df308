/**
 * What a run takes place in: guest, engines, links, and the operator's manner. A plan is this and faults.
 *
 * @module
 */

import { z } from "zod";
import { CAPABILITIES } from "../lib/qapi/capabilities.ts";
import { PREEMPT_CONNECT_POLICIES } from "../lib/qapi/parameters.ts";
import { MICROSECONDS } from "./trigger.ts";

const BYTES_PER_SECOND = z.int().min(0).max(1e12);

/** The guest program of `lib/ram`, in its own words. */
const GUEST = z.strictObject({
  vcpus: z.int().min(1).max(16),
  workload: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("uniform") }),
    z.strictObject({ kind: z.literal("sequential") }),
    z.strictObject({ kind: z.literal("strided") }),
    z.strictObject({
      kind: z.literal("hot-cold"),
      hotPages: z.number().min(0).max(1),
      hotTouches: z.number().min(0).max(1),
    }),
  ]),
  touchesPerSecond: z.int().min(0).max(100_000),
  writeShare: z.number().min(0).max(1),
  fill: z.enum(["random", "zero", "pattern"]),
  seed: z.int().min(0).max(2 ** 32 - 1),
});

/** What the operator does by himself, besides what faults have him do. */
const OPERATOR = z.strictObject({
  /** When he starts postcopy after `migrate`; `null`: he leaves it at precopy. */
  postcopyAfterUs: MICROSECONDS.nullable(),
  /** How long he lets a paused pair, or a switch that waits for him, wait. */
  reactionUs: MICROSECONDS,
  /** How long he lets a recovery take before he breaks it off. */
  patienceUs: MICROSECONDS,
});

/** A setting's parts. */
export const SETTING = z.strictObject({
  /** Of all chance in the run but the schedule's. */
  seed: z.string().regex(/^[0-9]{1,20}$/),
  blocks: z.array(z.strictObject({
    name: z.string().min(1).max(64),
    pages: z.int().min(1).max(65536),
  })).min(1).max(16),
  guest: GUEST,
  /** Switched on on every engine; `events` always is. */
  capabilities: z.array(z.enum(CAPABILITIES)),
  parameters: z.strictObject({
    "max-bandwidth": BYTES_PER_SECOND,
    "max-postcopy-bandwidth": BYTES_PER_SECOND,
    "downtime-limit": z.int().min(0).max(2_000_000),
    "x-preempt-connect": z.enum(PREEMPT_CONNECT_POLICIES),
  }),
  link: z.strictObject({
    latencyUs: z.int().min(0).max(1_000_000),
    /** `null`: unlimited. */
    bytesPerSecond: z.int().min(1).max(1e12).nullable(),
    bufferBytes: z.int().min(1).max(2 ** 30),
  }),
  operator: OPERATOR,
  /** How long faults last after `migrate`; then everything heals. */
  faultsUs: MICROSECONDS,
  /** Whether others may go between the end of a wait and its thread, as a choice of the schedule. */
  yieldsWhenReady: z.boolean(),
});

export type DeepReadonly<T> = { readonly [K in keyof T]: DeepReadonly<T[K]> };

/** A setting. */
export type Setting = DeepReadonly<z.infer<typeof SETTING>>;

/** Pages of all blocks. */
export function pagesOf({ blocks }: Pick<Setting, "blocks">): number {
  return blocks.reduce((sum, { pages }) => sum + pages, 0);
}
