/**
 * Faults of processes: what gets no CPU, what dies.
 *
 * @module
 */

import { z } from "zod";
import { magnitude, pick } from "../draw.ts";
import { MICROSECONDS, SIDE } from "../trigger.ts";
import { type DrawContext, faultKind } from "./fault_kind.ts";

function drawSide({ random }: DrawContext): { side: "source" | "destination" } {
  return { side: pick(random, SIDE.options) };
}

export const PROCESS_FAULTS = {
  "loop-stalled": faultKind({
    group: "process",
    does: "main loop runs nothing for so long",
    heals: "goes on by itself",
    shape: { side: SIDE, us: MICROSECONDS.max(2_000_000) },
    draw: (context) => ({ ...drawSide(context), us: magnitude(context.random, 100, 300_000) }),
    act: (ground, { side, us }) => {
      const name = ground.engine(side);
      return name !== null && ground.faults.stallLoop(name, us);
    },
  }),
  "source-dies": faultKind({
    group: "process",
    does: "source dies",
    heals: "it does not",
    shape: {},
    draw: () => ({}),
    act: (ground) => ground.kill("source"),
  }),
  "destination-dies": faultKind({
    group: "process",
    does: "destination dies",
    heals: "it does not",
    shape: {},
    draw: () => ({}),
    act: (ground) => ground.kill("destination"),
  }),
  "slow-work": faultKind({
    group: "process",
    does: "engine's work takes so many times as long",
    heals: "takes as long as ever",
    shape: { side: SIDE, factor: z.int().min(1).max(10_000), forUs: MICROSECONDS.nullable() },
    draw: (context) => ({
      ...drawSide(context),
      factor: magnitude(context.random, 2, 300),
      forUs: pick(context.random, [
        null,
        magnitude(context.random, 1000, context.setting.faultsUs),
      ]),
    }),
    act: (ground, { side, factor, forUs }) => {
      const name = ground.engine(side);
      if (name === null) return false;
      ground.last(forUs, () => void ground.faults.slowDown(name, 1));
      return ground.faults.slowDown(name, factor);
    },
  }),
  "slow-vcpu": faultKind({
    group: "process",
    does: "vCPU runs nothing for so long, and acknowledges no stop",
    heals: "goes on by itself",
    shape: { side: SIDE, vcpu: z.int().min(0).max(15), us: MICROSECONDS.max(2_000_000) },
    draw: (context) => ({
      ...drawSide(context),
      vcpu: context.random.integer(context.setting.guest.vcpus),
      us: magnitude(context.random, 100, 200_000),
    }),
    act: (ground, { side, vcpu, us }) => {
      const name = ground.engine(side);
      return name !== null && ground.faults.stallLoop(`${name} vcpu ${vcpu}`, us);
    },
  }),
  "late-fault": faultKind({
    group: "process",
    does: "page faults, and that a vCPU has stopped, are noticed so much later",
    heals: "they are noticed at once",
    shape: { us: MICROSECONDS, forUs: MICROSECONDS.nullable() },
    draw: (context) => ({
      us: magnitude(context.random, 10, 50_000),
      forUs: pick(context.random, [
        null,
        magnitude(context.random, 1000, context.setting.faultsUs),
      ]),
    }),
    act: (ground, { us, forUs }) => {
      ground.delayVcpuReports(us);
      ground.last(forUs, () => ground.delayVcpuReports(0));
      return true;
    },
  }),
};
