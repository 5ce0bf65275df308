/**
 * Faults of connects and of accepting.
 *
 * @module
 */

import { z } from "zod";
import type { ConnectCondition } from "../../lib/netem/conditions.ts";
import { encodeMainChannel } from "../../lib/wire/main_channel_event.ts";
import { MIN_HEAD_BYTES, RamRecordWriter } from "../../lib/wire/ram_record_writer.ts";
import { chance, magnitude, pick } from "../draw.ts";
import { MICROSECONDS, PHASE, ROLE } from "../trigger.ts";
import { type DrawContext, faultKind, type Ground } from "./fault_kind.ts";

/** Which connects are hit: those of a role, in one connect phase. */
const CONNECT = { role: ROLE, phase: PHASE };

/** How long a fault lasts; `null`: until everything heals. */
const FOR_US = MICROSECONDS.nullable();

function drawConnect({ random }: DrawContext): { role: "main" | "preempt"; phase: number } {
  return {
    role: pick(random, ["main", "preempt", "preempt"] as const),
    phase: pick(random, [0, 0, 0, 1, 1, 2]),
  };
}

function drawForUs({ random, setting }: DrawContext): number | null {
  return chance(random, 0.5) ? null : magnitude(random, 100, setting.faultsUs);
}

function conditionConnects(
  ground: Ground,
  { role, phase }: { readonly role: "main" | "preempt"; readonly phase: number },
  connect: ConnectCondition,
  forUs: number | null,
): boolean {
  ground.last(forUs, ground.condition({ role, phase, connect }));
  return true;
}

/** A stray connection says this and stays so long. */
function connectStray(ground: Ground, bytes: Uint8Array, stay: Stay): boolean {
  const { listening } = ground;
  if (listening === null) return false;
  ground.faults.connectStray({ address: listening, bytes, ...stay });
  return true;
}

/** How long a stranger stays, and whether he leaves with a reset. */
interface Stay {
  readonly closeAfterUs: number;
  readonly resets: boolean;
}

const STAY = { closeAfterUs: MICROSECONDS, resets: z.boolean().default(false) };

function drawStay({ random, setting }: DrawContext): Stay {
  return { closeAfterUs: magnitude(random, 1, setting.faultsUs), resets: chance(random, 0.5) };
}

/** What a channel of the protocol may say first. */
function validBeginning(role: "main" | "preempt"): Uint8Array {
  if (role === "main") return encodeMainChannel({ kind: "header" });
  const records = new RamRecordWriter(MIN_HEAD_BYTES);
  records.eos();
  return records.bytes;
}

export const CONNECT_FAULTS = {
  "connect-delay": faultKind({
    group: "connect",
    does: "takes so much longer",
    heals: "later ones take no longer",
    fromStart: true,
    shape: { ...CONNECT, delayUs: MICROSECONDS },
    draw: (context) => ({
      ...drawConnect(context),
      delayUs: magnitude(context.random, 100, context.setting.faultsUs),
    }),
    act: (ground, { delayUs, ...place }) =>
      conditionConnects(ground, place, { kind: "delay", delayUs }, null),
  }),
  "connect-hang": faultKind({
    group: "connect",
    does: "gets no answer",
    heals: "sets out again",
    fromStart: true,
    shape: { ...CONNECT, forUs: FOR_US },
    draw: (context) => ({ ...drawConnect(context), forUs: drawForUs(context) }),
    act: (ground, { forUs, ...place }) => conditionConnects(ground, place, { kind: "hang" }, forUs),
  }),
  "connect-refuse": faultKind({
    group: "connect",
    does: "is refused",
    heals: "later ones are not",
    fromStart: true,
    shape: { ...CONNECT, forUs: FOR_US },
    draw: (context) => ({ ...drawConnect(context), forUs: drawForUs(context) }),
    act: (ground, { forUs, ...place }) =>
      conditionConnects(ground, place, { kind: "refuse" }, forUs),
  }),
  "connect-reset": faultKind({
    group: "connect",
    does: "is answered, then reset",
    heals: "later ones are not",
    fromStart: true,
    shape: { ...CONNECT, forUs: FOR_US },
    draw: (context) => ({ ...drawConnect(context), forUs: drawForUs(context) }),
    act: (ground, { forUs, ...place }) =>
      conditionConnects(ground, place, { kind: "reset" }, forUs),
  }),
  "accept-late": faultKind({
    group: "connect",
    does: "is answered, and accepted so much later",
    heals: "is accepted at once",
    fromStart: true,
    shape: { ...CONNECT, us: MICROSECONDS },
    draw: (context) => ({
      ...drawConnect(context),
      us: magnitude(context.random, 100, context.setting.faultsUs),
    }),
    act: ({ faults }, { us, role, phase }) => {
      faults.acceptLate({ role, phase, us });
      return true;
    },
  }),
  "accept-swapped": faultKind({
    group: "connect",
    does: "is accepted behind the next one, so much later at the latest",
    heals: "is accepted at once",
    fromStart: true,
    shape: { ...CONNECT, us: MICROSECONDS },
    draw: (context) => ({
      ...drawConnect(context),
      us: magnitude(context.random, 100, context.setting.faultsUs),
    }),
    act: ({ faults }, { us, role, phase }) => {
      faults.acceptLate({ role, phase, us, orBehindNext: true });
      return true;
    },
  }),
  "backlog-full": faultKind({
    group: "connect",
    does: "finds the listener's queue full",
    heals: "finds room",
    shape: { forUs: FOR_US },
    draw: (context) => ({ forUs: drawForUs(context) }),
    act: (ground, { forUs }) => {
      ground.faults.fillBacklogs(true);
      ground.last(forUs, () => ground.faults.fillBacklogs(false));
      return true;
    },
  }),
  "stray-silent": faultKind({
    group: "connect",
    does: "comes from a stranger who says nothing",
    heals: "the stranger leaves",
    shape: STAY,
    draw: drawStay,
    act: (ground, stay) => connectStray(ground, new Uint8Array(), stay),
  }),
  "stray-garbage": faultKind({
    group: "connect",
    does: "comes from a stranger who says what is no channel's",
    heals: "the stranger leaves",
    shape: { ...STAY, bytes: z.array(z.int().min(0).max(255)).min(1).max(64) },
    draw: (context) => ({
      ...drawStay(context),
      bytes: Array.from(
        { length: magnitude(context.random, 1, 32) },
        () => context.random.integer(256),
      ),
    }),
    act: (ground, { bytes, ...stay }) => connectStray(ground, Uint8Array.from(bytes), stay),
  }),
  "stray-valid": faultKind({
    group: "connect",
    does: "comes from a stranger who says what a channel says first",
    heals: "the stranger leaves",
    shape: { ...STAY, as: ROLE },
    draw: (context) => ({ ...drawStay(context), as: pick(context.random, ROLE.options) }),
    act: (ground, { as, ...stay }) => connectStray(ground, validBeginning(as), stay),
  }),
};
