/**
 * Guests that are hard on a migration.
 *
 * @module
 */

import { z } from "zod";
import { magnitude } from "../draw.ts";
import { MICROSECONDS, SIDE } from "../trigger.ts";
import { type DrawContext, faultKind, type Ground } from "./fault_kind.ts";

const BURST = {
  side: SIDE,
  touchesPerSecond: z.int().min(0).max(1_000_000),
  forUs: MICROSECONDS.max(1_000_000),
};

/** Touches in a burst: enough for every page to be touched, few enough for a run to stay short. */
const TOUCHES_MAX = 1500;

function drawBurst({ random, setting }: DrawContext, side: "source" | "destination") {
  const touchesPerSecond = magnitude(random, 1000, 50_000);
  const longestUs = Math.ceil(TOUCHES_MAX / setting.guest.vcpus / touchesPerSecond * 1e6);
  return { side, touchesPerSecond, forUs: magnitude(random, 100, Math.max(100, longestUs)) };
}

function burst(
  ground: Ground,
  { side, touchesPerSecond, forUs }: z.output<z.ZodObject<typeof BURST>>,
): boolean {
  if (ground.engine(side) === null) return false;
  ground.tell(side, "x-guest", { "touches-per-second": touchesPerSecond });
  ground.last(forUs, () => {
    ground.tell(side, "x-guest", { "touches-per-second": ground.setting.guest.touchesPerSecond });
  });
  return true;
}

export const GUEST_FAULTS = {
  "write-storm": faultKind({
    group: "guest",
    does: "writes as fast as it can on the source",
    heals: "slows down",
    shape: BURST,
    draw: (context) => drawBurst(context, "source"),
    act: burst,
  }),
  "fault-burst": faultKind({
    group: "guest",
    does: "touches many pages at once on the destination",
    heals: "slows down",
    shape: BURST,
    draw: (context) => drawBurst(context, "destination"),
    act: burst,
  }),
  "one-page": faultKind({
    group: "guest",
    does: "has every vCPU on one page nearly always",
    heals: "slows down",
    fromStart: true,
    shape: { hotTouches: z.number().min(0).max(1) },
    draw: ({ random }) => ({ hotTouches: Math.round(80 + 20 * random.fraction()) / 100 }),
    act: () => true,
  }),
  "zero-ram": faultKind({
    group: "guest",
    does: "has written nothing but zeros",
    heals: "slows down",
    fromStart: true,
    shape: {},
    draw: () => ({}),
    act: () => true,
  }),
};
