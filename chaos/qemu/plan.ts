/**
 * A plan for real QEMU: what is done to one migration, drawn from a seed. Real time cannot be replayed to the microsecond, so a plan
 * is few faults with round figures, each at a time since the connect phase that it belongs to began.
 *
 * @module
 */

import { z } from "zod";
import { SeededRandom } from "../../lib/world/seeded_random.ts";
import type { Random } from "../../lib/world/world.ts";
import type { LateAccept } from "../../lib/qemu/proxy/route.ts";
import type { ShimSpec } from "../../lib/netem/conditions.ts";
import { chance, pick, pickWeighted } from "../draw.ts";

const ROLE = z.enum(["main", "preempt"]);
/** 0 = start, k = k-th recovery. */
const PHASE = z.int().min(0).max(4);
const MS = z.int().min(0).max(60_000);

/** What is done. */
const FAULT = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("connect-delay"), role: ROLE, phase: PHASE, ms: MS }),
  z.strictObject({ kind: z.literal("connect-hang"), role: ROLE, phase: PHASE }),
  z.strictObject({ kind: z.literal("connect-refuse"), role: ROLE, phase: PHASE }),
  z.strictObject({ kind: z.literal("connect-reset"), role: ROLE, phase: PHASE }),
  /** Main is handed on behind preempt, or so much later at the latest. */
  z.strictObject({ kind: z.literal("accept-swapped"), phase: PHASE, ms: MS }),
  z.strictObject({
    kind: z.literal("traffic-delay"),
    role: ROLE,
    direction: z.enum(["source-to-destination", "destination-to-source"]),
    phase: PHASE,
    ms: MS,
  }),
  /** The connections of a role, or of both, break. */
  z.strictObject({ kind: z.literal("cut"), role: ROLE.nullable(), phase: PHASE, atMs: MS }),
  /** The operator pauses postcopy. */
  z.strictObject({ kind: z.literal("pause"), phase: PHASE, atMs: MS }),
  z.strictObject({ kind: z.literal("cancel"), phase: PHASE, atMs: MS }),
  /** Somebody else connects to the address that the destination listens at, and says nothing, or what is no migration. */
  z.strictObject({
    kind: z.literal("stray-connection"),
    phase: PHASE,
    atMs: MS,
    says: z.enum(["nothing", "noise"]),
  }),
]);
export type QemuFault = z.infer<typeof FAULT>;

/** See the module. */
export const QEMU_PLAN = z.strictObject({
  schema: z.literal("faultline/qemu-plan/1"),
  /** What it was drawn from; its shrunk forms keep it. */
  seed: z.string(),
  preempt: z.boolean(),
  /** `none` has no vCPU and starts at once; `pc` runs the boot sector. */
  machine: z.enum(["none", "pc"]),
  /** When postcopy is asked for, since the start; `null`: never. */
  postcopyAtMs: MS.nullable(),
  faults: z.array(FAULT),
});
export type QemuPlan = z.infer<typeof QEMU_PLAN>;

const COUNTS = [1, 1, 2, 2, 2, 3, 3, 4];

/** The plan of a seed. */
export function drawQemuPlan(seed: bigint): QemuPlan {
  const random = new SeededRandom(seed).fork("qemu-plan");
  const faults = random.fork("faults");
  return {
    schema: "faultline/qemu-plan/1",
    seed: String(seed),
    preempt: chance(random, 0.9),
    machine: chance(random, 0.25) ? "pc" : "none",
    postcopyAtMs: chance(random, 0.1) ? null : pick(random, [0, 20, 100, 300]),
    faults: Array.from({ length: pick(random, COUNTS) }, () => drawFault(faults)),
  };
}

/** Phases beyond the start are reached only where something breaks postcopy. */
function drawFault(random: Random): QemuFault {
  const role = pick(random, ["main", "preempt", "preempt"] as const);
  const phase = pick(random, [0, 0, 1, 1, 2]);
  const atMs = pick(random, [50, 200, 400, 800]);
  const ms = pick(random, [50, 300, 1000]);
  const direction = pick(random, ["source-to-destination", "destination-to-source"] as const);
  return pickWeighted<QemuFault>(random, [
    { weight: 2, value: { kind: "connect-delay", role, phase, ms } },
    { weight: 2, value: { kind: "connect-hang", role, phase } },
    { weight: 3, value: { kind: "connect-refuse", role, phase } },
    { weight: 2, value: { kind: "connect-reset", role, phase } },
    { weight: 2, value: { kind: "accept-swapped", phase: pick(random, [0, 1]), ms: 10_000 } },
    { weight: 1, value: { kind: "traffic-delay", role, direction, phase, ms } },
    { weight: 4, value: { kind: "cut", role: pick(random, [role, null]), phase, atMs } },
    { weight: 4, value: { kind: "pause", phase, atMs } },
    { weight: 1, value: { kind: "cancel", phase, atMs } },
    {
      weight: 1,
      value: {
        ...{ kind: "stray-connection", phase },
        atMs: pick(random, [0, atMs]),
        says: pick(random, ["nothing", "noise"] as const),
      },
    },
  ]);
}

/** The plan's faults that the shim acts out. */
export function shimOf({ faults }: QemuPlan): ShimSpec {
  return faults.flatMap((fault): ShimSpec => {
    switch (fault.kind) {
      case "connect-delay": {
        const { role, phase, ms } = fault;
        return [{ role, phase, connect: { kind: "delay", delayUs: 1000 * ms } }];
      }
      case "connect-hang":
        return [{ role: fault.role, phase: fault.phase, connect: { kind: "hang" } }];
      case "connect-refuse":
        return [{ role: fault.role, phase: fault.phase, connect: { kind: "refuse" } }];
      case "connect-reset":
        return [{ role: fault.role, phase: fault.phase, connect: { kind: "reset" } }];
      case "traffic-delay": {
        const { role, phase, direction, ms } = fault;
        const delay = { timeUs: 1000 * ms, jitterUs: 0, distribution: "uniform" } as const;
        return [{ role, phase, direction, traffic: { delay } }];
      }
      default:
        return [];
    }
  });
}

/** The plan's connections that are handed on late. */
export function lateOf({ faults }: QemuPlan): LateAccept[] {
  return faults.flatMap((fault) =>
    fault.kind === "accept-swapped"
      ? [{ role: "main" as const, phase: fault.phase, us: 1000 * fault.ms, orBehindNext: true }]
      : []
  );
}

/** A fault in one line. */
export function describeFault(fault: QemuFault): string {
  const { kind, ...fields } = fault;
  return [kind, ...Object.entries(fields).map(([key, value]) => `${key}=${value ?? "both"}`)]
    .join(" ");
}
