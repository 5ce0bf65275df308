/**
 * When a fault strikes, as data.
 *
 * The rare bugs sit between two bytes of a handshake, so a time alone is too blunt: a fault may also wait for a status, for a channel to
 * be opened, or for the exact byte of a channel that its reader has read.
 *
 * @module
 */

import { z } from "zod";
import { MIGRATION_STATUSES } from "../lib/qapi/migration_status.ts";
import type { Random } from "../lib/world/world.ts";
import { magnitude, pick, pickWeighted } from "./draw.ts";

/** Microseconds of virtual time. */
export const MICROSECONDS = z.int().min(0).max(60_000_000);

export const SIDE = z.enum(["source", "destination"]);

/** The channels that faults aim at. */
export const ROLE = z.enum(["main", "preempt"]);

export const DIRECTION = z.enum(["source-to-destination", "destination-to-source"]);

/** The connect phase: 0 = start, k = k-th recovery. */
export const PHASE = z.int().min(0).max(100);

/** When a fault strikes. */
export const TRIGGER = z.discriminatedUnion("on", [
  /** Before the migration begins. */
  z.strictObject({ on: z.literal("start") }),
  /** So long after `migrate` was given. */
  z.strictObject({ on: z.literal("time"), us: MICROSECONDS }),
  /** After a side has come to a status for the `nth` time (from 1). */
  z.strictObject({
    on: z.literal("status"),
    side: SIDE,
    status: z.enum(MIGRATION_STATUSES),
    nth: z.int().min(1).max(100),
    afterUs: MICROSECONDS,
  }),
  /** After a channel was opened; at 0 us before its first byte. */
  z.strictObject({ on: z.literal("opened"), role: ROLE, phase: PHASE, afterUs: MICROSECONDS }),
  /** When the reader of a channel has read so many bytes of one direction. */
  z.strictObject({
    on: z.literal("bytes"),
    role: ROLE,
    phase: PHASE,
    direction: DIRECTION,
    bytes: z.int().min(1).max(2 ** 30),
  }),
]);

export type Trigger = Readonly<z.infer<typeof TRIGGER>>;

/** Statuses in which something is under way, by side: where faults hurt. */
const STRUCK = {
  source: [
    "setup",
    "active",
    "device",
    "postcopy-active",
    "postcopy-paused",
    "postcopy-recover-setup",
    "postcopy-recover",
    "cancelling",
    "completed",
  ],
  destination: ["setup", "active", "postcopy-active", "postcopy-paused", "postcopy-recover"],
} as const;

/** Draws a moment. `bytesMax`: what a channel may carry at most in one session. */
export function drawTrigger(
  random: Random,
  { lastUs, bytesMax }: { readonly lastUs: number; readonly bytesMax: number },
): Trigger {
  const afterUs = pick(random, [0, 0, magnitude(random, 1, Math.max(10, lastUs / 4))]);
  const role = pick(random, ["main", "preempt"] as const);
  const phase = pick(random, [0, 0, 1, 1, 2, 3]);
  const on = pickWeighted(random, [
    { value: "time", weight: 3 },
    { value: "status", weight: 4 },
    { value: "opened", weight: 1.5 },
    { value: "bytes", weight: 2.5 },
  ]);
  switch (on) {
    case "time":
      return { on, us: magnitude(random, 100, lastUs) };
    case "status": {
      const side = pick(random, ["source", "destination"] as const);
      return {
        on,
        side,
        status: pick(random, STRUCK[side]),
        nth: pick(random, [1, 1, 1, 2, 3]),
        afterUs,
      };
    }
    case "opened":
      return { on, role, phase, afterUs };
    default:
      return {
        on: "bytes",
        role,
        phase,
        direction: pick(random, DIRECTION.options),
        bytes: magnitude(random, 1, bytesMax),
      };
  }
}
