/**
 * Faults of what travels over main and preempt channels.
 *
 * @module
 */

import { z } from "zod";
import type { TrafficCondition } from "../../lib/netem/conditions.ts";
import type { OpenConnection } from "../../lib/world/virtual/faults.ts";
import { chance, magnitude, pick } from "../draw.ts";
import { pagesOf } from "../setting.ts";
import { DIRECTION, MICROSECONDS, ROLE } from "../trigger.ts";
import { type DrawContext, faultKind, type Ground } from "./fault_kind.ts";

const FOR_US = MICROSECONDS.nullable();
const CHANNEL = { role: ROLE };
const ONE_WAY = { role: ROLE, direction: DIRECTION };
const BYTES = z.int().min(0).max(2 ** 30);

function drawRole({ random }: DrawContext): { role: "main" | "preempt" } {
  return { role: pick(random, ["main", "main", "preempt"] as const) };
}

function drawOneWay(context: DrawContext): z.output<z.ZodObject<typeof ONE_WAY>> {
  const direction = pick(context.random, [...DIRECTION.options, "source-to-destination"] as const);
  return { ...drawRole(context), direction };
}

function drawForUs({ random, setting }: DrawContext): number | null {
  return chance(random, 0.4) ? null : magnitude(random, 100, setting.faultsUs);
}

/** From inside of a message's head to beyond the last page. */
function drawBytes({ random, setting }: DrawContext): number {
  return chance(random, 0.1) ? 0 : magnitude(random, 1, pagesOf(setting) * 4200);
}

/** Strikes the connection that the trigger spoke of where it has that role, else the newest one that has. */
function strike(
  ground: Ground,
  role: "main" | "preempt",
  struck: OpenConnection | null,
  act: (id: number) => boolean,
): boolean {
  const connection = struck?.role === role ? struck : ground.connection(role);
  return connection !== null && act(connection.id);
}

function conditionTraffic(
  ground: Ground,
  { role, direction, forUs }: z.output<z.ZodObject<typeof ONE_WAY>> & { forUs: number | null },
  traffic: TrafficCondition,
): boolean {
  ground.last(forUs, ground.condition({ role, direction, traffic }));
  return true;
}

export const TRAFFIC_FAULTS = {
  "delay": faultKind({
    group: "traffic",
    does: "takes longer, by turns more and less",
    heals: "later bytes take no longer",
    shape: {
      ...ONE_WAY,
      timeUs: MICROSECONDS,
      jitterUs: MICROSECONDS,
      distribution: z.enum(["uniform", "normal", "pareto"]),
      forUs: FOR_US,
    },
    draw: (context) => {
      const timeUs = magnitude(context.random, 10, 200_000);
      return {
        ...drawOneWay(context),
        timeUs,
        jitterUs: chance(context.random, 0.5) ? 0 : magnitude(context.random, 1, timeUs),
        distribution: pick(context.random, ["uniform", "normal", "pareto"] as const),
        forUs: drawForUs(context),
      };
    },
    act: (ground, { timeUs, jitterUs, distribution, ...place }) =>
      conditionTraffic(ground, place, { delay: { timeUs, jitterUs, distribution } }),
  }),
  "low-rate": faultKind({
    group: "traffic",
    does: "gets so little through",
    heals: "gets all through",
    shape: {
      ...ONE_WAY,
      bytesPerSecond: z.int().min(1).max(1e9),
      limitBytes: z.int().min(1).max(1 << 30),
      forUs: FOR_US,
    },
    draw: (context) => ({
      ...drawOneWay(context),
      bytesPerSecond: magnitude(context.random, 1, 10_000_000),
      limitBytes: magnitude(context.random, 512, 1 << 20),
      forUs: drawForUs(context),
    }),
    act: (ground, { bytesPerSecond, limitBytes, ...place }) =>
      conditionTraffic(ground, place, { rate: { bytesPerSecond, of: "channel" }, limitBytes }),
  }),
  "stall": faultKind({
    group: "traffic",
    does: "does not arrive for so long, then all at once",
    heals: "arrives",
    shape: { ...ONE_WAY, forUs: MICROSECONDS },
    draw: (context) => ({
      ...drawOneWay(context),
      forUs: magnitude(context.random, 100, 2 * context.setting.faultsUs),
    }),
    act: (ground, { role, direction, forUs }, struck) =>
      strike(ground, role, struck, (id) => ground.faults.stall(id, direction, forUs)),
  }),
  "merged-reads": faultKind({
    group: "traffic",
    does: "arrives in lumps",
    heals: "arrives as it comes",
    shape: { ...ONE_WAY, everyUs: MICROSECONDS, times: z.int().min(1).max(100) },
    draw: (context) => ({
      ...drawOneWay(context),
      everyUs: magnitude(context.random, 100, 20_000),
      times: magnitude(context.random, 1, 50),
    }),
    act: (ground, { role, direction, everyUs, times }, struck) =>
      strike(ground, role, struck, (id) => {
        ground.repeat(times, everyUs, () => void ground.faults.stall(id, direction, everyUs));
        return true;
      }),
  }),
  "torn-reads": faultKind({
    group: "traffic",
    does: "is read in pieces",
    heals: "is read as it comes",
    shape: {
      ...ONE_WAY,
      readBytes: z.int().min(1).max(1 << 20),
      reads: z.int().min(1).max(10_000),
    },
    draw: (context) => ({
      ...drawOneWay(context),
      readBytes: magnitude(context.random, 1, 8192),
      reads: magnitude(context.random, 1, 500),
    }),
    act: (ground, { role, direction, readBytes, reads }, struck) =>
      strike(ground, role, struck, (id) => ground.faults.tear(id, direction, { readBytes, reads })),
  }),
  "reset": faultKind({
    group: "traffic",
    does: "is reset",
    heals: "another connect works",
    shape: CHANNEL,
    draw: drawRole,
    act: (ground, { role }, struck) =>
      strike(ground, role, struck, (id) => ground.faults.reset(id)),
  }),
  "close": faultKind({
    group: "traffic",
    does: "is closed by somebody in between, both ways or one",
    heals: "another connect works",
    shape: { ...CHANNEL, direction: DIRECTION.optional() },
    draw: (context) => {
      const { random } = context;
      const oneWay = chance(random, 0.4) ? { direction: pick(random, DIRECTION.options) } : {};
      return { ...drawRole(context), ...oneWay };
    },
    act: (ground, { role, direction }, struck) =>
      strike(ground, role, struck, (id) => ground.faults.close(id, direction)),
  }),
  "half-open": faultKind({
    group: "traffic",
    does: "is reset on one end, and the other hears nothing",
    heals: "the other end hears of the reset",
    shape: { ...CHANNEL, gone: z.enum(["near", "far"]) },
    draw: (context) => ({
      ...drawRole(context),
      gone: pick(context.random, ["near", "far"] as const),
    }),
    act: (ground, { role, gone }, struck) =>
      strike(ground, role, struck, (id) => {
        ground.last(null, () => void ground.faults.reset(id));
        return ground.faults.halfOpen(id, gone);
      }),
  }),
  "cut": faultKind({
    group: "traffic",
    does: "is reset behind so many more bytes",
    heals: "another connect works",
    shape: { ...ONE_WAY, afterBytes: BYTES },
    draw: (context) => ({ ...drawOneWay(context), afterBytes: drawBytes(context) }),
    act: (ground, { role, direction, afterBytes }, struck) =>
      strike(ground, role, struck, (id) => ground.faults.cut(id, direction, afterBytes)),
  }),
  "truncated": faultKind({
    group: "traffic",
    does: "ends behind so many more bytes",
    heals: "another connect works",
    shape: { ...ONE_WAY, afterBytes: BYTES },
    draw: (context) => ({ ...drawOneWay(context), afterBytes: drawBytes(context) }),
    act: (ground, { role, direction, afterBytes }, struck) =>
      strike(ground, role, struck, (id) => ground.faults.truncate(id, direction, afterBytes)),
  }),
  "corrupted-byte": faultKind({
    group: "traffic",
    does: "has one byte changed",
    heals: "later bytes are right",
    shape: { ...ONE_WAY, afterBytes: BYTES, mask: z.int().min(1).max(255) },
    draw: (context) => ({
      ...drawOneWay(context),
      afterBytes: drawBytes(context),
      mask: 1 + context.random.integer(255),
    }),
    act: (ground, { role, direction, afterBytes, mask }, struck) =>
      strike(ground, role, struck, (id) => ground.faults.corrupt(id, direction, afterBytes, mask)),
  }),
};
