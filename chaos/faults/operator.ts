/**
 * Faults of the operator: right commands at the wrong time, wrong commands at the right one, and more of them than it takes.
 *
 * @module
 */

import { z } from "zod";
import type { ParameterChanges } from "../../lib/qapi/parameters.ts";
import { chance, magnitude, pick } from "../draw.ts";
import { MICROSECONDS, SIDE } from "../trigger.ts";
import { type DrawContext, faultKind, type Ground } from "./fault_kind.ts";
import { formatAddress } from "../../lib/world/address.ts";

/** How often, how far apart. */
const REPEATED = { times: z.int().min(1).max(20), gapUs: MICROSECONDS };

function drawRepeated({ random }: DrawContext): { times: number; gapUs: number } {
  return {
    times: chance(random, 0.7) ? 1 : 2 + random.integer(4),
    gapUs: pick(random, [0, magnitude(random, 10, 50_000)]),
  };
}

function repeated(
  ground: Ground,
  { times, gapUs }: { readonly times: number; readonly gapUs: number },
  act: () => void,
): true {
  ground.repeat(times, gapUs, act);
  return true;
}

/** To where a connect is asked for: `right` is where the destination listens. */
const TARGET = z.enum(["right", "nowhere"]);

function addressOf(ground: Ground, to: "right" | "nowhere"): string {
  const { listening, nowhere } = ground;
  return to === "right" && listening !== null ? formatAddress(listening) : nowhere;
}

export const OPERATOR_FAULTS = {
  "operator-cancels": faultKind({
    group: "operator",
    does: "gives migrate_cancel",
    heals: "gives it no more",
    shape: REPEATED,
    draw: drawRepeated,
    act: (ground, how) => repeated(ground, how, () => ground.tell("source", "migrate_cancel", {})),
  }),
  "operator-pauses": faultKind({
    group: "operator",
    does: "gives migrate-pause",
    heals: "gives it no more",
    shape: { ...REPEATED, side: SIDE },
    draw: (context) => ({
      ...drawRepeated(context),
      side: pick(context.random, SIDE.options),
    }),
    act: (ground, { side, ...how }) =>
      repeated(ground, how, () => ground.tell(side, "migrate-pause", {})),
  }),
  "operator-recovers": faultKind({
    group: "operator",
    does: "gives migrate-recover, and no resume",
    heals: "breaks it off",
    shape: REPEATED,
    draw: drawRepeated,
    act: (ground, how) =>
      repeated(
        ground,
        how,
        () => ground.tell("destination", "migrate-recover", { uri: ground.newAddress() }),
      ),
  }),
  "operator-resumes": faultKind({
    group: "operator",
    does: "gives migrate with resume, wherever the destination is",
    heals: "gives it no more",
    shape: { ...REPEATED, to: TARGET },
    draw: (context) => ({
      ...drawRepeated(context),
      to: pick(context.random, TARGET.options),
    }),
    act: (ground, { to, ...how }) =>
      repeated(ground, how, () => {
        ground.nextPhase();
        ground.tell("source", "migrate", { uri: addressOf(ground, to), resume: true });
      }),
  }),
  "operator-migrates-again": faultKind({
    group: "operator",
    does: "gives migrate while one is under way, or has ended",
    heals: "gives it no more",
    shape: { ...REPEATED, to: TARGET },
    draw: (context) => ({
      ...drawRepeated(context),
      to: pick(context.random, TARGET.options),
    }),
    act: (ground, { to, ...how }) =>
      repeated(
        ground,
        how,
        () => ground.tell("source", "migrate", { uri: addressOf(ground, to) }),
      ),
  }),
  "operator-starts-postcopy": faultKind({
    group: "operator",
    does: "gives migrate-start-postcopy",
    heals: "gives it no more",
    shape: REPEATED,
    draw: drawRepeated,
    act: (ground, how) =>
      repeated(ground, how, () => ground.tell("source", "migrate-start-postcopy", {})),
  }),
  "operator-continues": faultKind({
    group: "operator",
    does: "gives migrate-continue",
    heals: "gives it no more",
    shape: REPEATED,
    draw: drawRepeated,
    act: (ground, how) =>
      repeated(
        ground,
        how,
        () => ground.tell("source", "migrate-continue", { state: "pre-switchover" }),
      ),
  }),
  "operator-starts-guest": faultKind({
    group: "operator",
    does: "gives cont, wherever the guest is",
    heals: "gives it no more",
    shape: { ...REPEATED, side: SIDE },
    draw: (context) => ({
      ...drawRepeated(context),
      side: pick(context.random, ["source", "source", "destination"] as const),
    }),
    act: (ground, { side, ...how }) => repeated(ground, how, () => ground.tell(side, "cont", {})),
  }),
  "operator-sets-parameter": faultKind({
    group: "operator",
    does: "changes a parameter",
    heals: "lifts the limits",
    shape: {
      parameter: z.enum(["max-bandwidth", "max-postcopy-bandwidth", "downtime-limit"]),
      value: z.int().min(0).max(1e9),
    },
    draw: ({ random }) => {
      const parameter = pick(
        random,
        ["max-bandwidth", "max-postcopy-bandwidth", "downtime-limit"] as const,
      );
      const value = parameter === "downtime-limit"
        ? pick(random, [0, magnitude(random, 1, 2000)])
        : pick(random, [0, magnitude(random, 10_000, 100_000_000)]);
      return { parameter, value };
    },
    act: (ground, { parameter, value }) => {
      const changes: ParameterChanges = { [parameter]: value };
      ground.tell("source", "migrate-set-parameters", changes);
      return true;
    },
  }),
};
