/**
 * When a fault strikes, as data.
 *
 * The rare bugs sit between two bytes of a handshake, so a time alone is too blunt: a fault may also wait for a status, for a channel to
 * be opened, or for the exact byte of a channel that its reader has read.
 *
 * @module
 */

import { z } from "zod";
import {
  MIGRATION_STATUSES,
  type MigrationStatus,
  type Side,
} from "../lib/qapi/migration_status.ts";
import type { Random } from "../lib/world/world.ts";
import { chance, magnitude, pick, pickWeighted } from "./draw.ts";

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

/** How far a migration is expected to come: what lies beyond it no trigger waits for. */
export type Reach = "precopy" | "postcopy" | "recovery";

/** Statuses in which something is under way, by side: where faults hurt. Each reach has those before it, too. */
const STRUCK = {
  precopy: {
    source: ["setup", "active", "pre-switchover", "device", "cancelling", "completed"],
    destination: ["setup", "active", "completed"],
  },
  postcopy: {
    source: ["setup", "active", "device", "postcopy-active", "postcopy-active", "completed"],
    destination: ["setup", "active", "postcopy-active", "postcopy-active", "completed"],
  },
  recovery: {
    source: [
      "postcopy-active",
      "postcopy-paused",
      "postcopy-recover-setup",
      "postcopy-recover",
      "postcopy-recover",
    ],
    destination: ["postcopy-active", "postcopy-paused", "postcopy-recover", "postcopy-recover"],
  },
} as const satisfies Record<Reach, Record<Side, readonly MigrationStatus[]>>;

/** What a destination says in one session, in bytes: some answers and requests. */
const ANSWER_BYTES_MAX = 4096;

/** What moments are drawn for. */
export interface TriggerContext {
  /** The last moment at which anything happens, roughly. */
  readonly lastUs: number;
  /** What a channel may carry at most in one session. */
  readonly bytesMax: number;
  readonly reach: Reach;
  /** Whether there is a preempt channel. */
  readonly hasPreempt: boolean;
  /** How long after a channel was opened its connect is answered. */
  readonly answerUs: number;
}

/** Draws a moment. */
export function drawTrigger(random: Random, context: TriggerContext): Trigger {
  const { lastUs, bytesMax, hasPreempt } = context;
  const reach = context.reach === "recovery" && chance(random, 0.3) ? "postcopy" : context.reach;
  const afterUs = pick(random, [0, 0, magnitude(random, 1, Math.max(10, lastUs / 4))]);
  const role = hasPreempt ? pick(random, ["main", "preempt"] as const) : "main";
  const phase = pick(random, reach === "recovery" ? [0, 1, 1, 1, 2, 2, 3] : [0, 0, 0, 0, 1]);
  const on = pickWeighted(random, [
    { value: "time", weight: reach === "recovery" ? 1 : 3 },
    { value: "status", weight: 4 },
    { value: "opened", weight: 1.5 },
    { value: "bytes", weight: 2.5 },
  ]);
  switch (on) {
    case "time":
      return { on, us: magnitude(random, 100, lastUs) };
    case "status": {
      const side = pick(random, SIDE.options);
      const status = pick<MigrationStatus>(random, STRUCK[reach][side]);
      return { on, side, status, nth: drawNth(random, reach), afterUs };
    }
    case "opened":
      return { on, role, phase, afterUs: chance(random, 0.3) ? context.answerUs : afterUs };
    default: {
      const direction = pick(random, DIRECTION.options);
      const isAnswer = direction === "destination-to-source";
      const bytes = magnitude(random, 1, isAnswer ? ANSWER_BYTES_MAX : bytesMax);
      return { on: "bytes", role, phase, direction, bytes };
    }
  }
}

/** A side comes to a status again only by way of a recovery. */
function drawNth(random: Random, reach: Reach): number {
  return reach === "recovery" ? pick(random, [1, 1, 2, 2, 3]) : 1;
}
