/**
 * Draws situations: faults that only together bring an engine to where it can go wrong.
 *
 * Faults that are drawn one by one seldom meet. A cancel matters most while something hangs, a handshake that is broken off matters when
 * another one follows, and a full channel matters when the migration ends. A situation says what has to meet, and leaves the rest to chance.
 *
 * @module
 */

import type { Random } from "../lib/world/world.ts";
import { chance, magnitude, pick } from "./draw.ts";
import type { Fault } from "./faults/fault_table.ts";
import type { Setting } from "./setting.ts";
import type { Trigger } from "./trigger.ts";

/** Handshakes of recoveries that meet something, in a gauntlet. */
const RECOVERIES = [1, 2, 2, 3, 4];

/** The faults of one situation that can happen in this setting. */
export function drawSituation(random: Random, setting: Setting): readonly Fault[] {
  const { capabilities, operator } = setting;
  const hasPostcopy = capabilities.includes("postcopy-ram") && operator.postcopyAfterUs !== null;
  const draw = hasPostcopy
    ? pick(random, [
      drawInterruptedWait,
      drawInterruptedAnswer,
      drawGauntlet,
      drawGauntlet,
      drawGauntlet,
      drawFullChannel,
      drawFullChannel,
      drawCrowd,
      drawCrowd,
    ])
    : drawInterruptedWait;
  return draw(random, setting);
}

/** Something hangs before the switch, and somebody loses patience. */
function drawInterruptedWait(random: Random, setting: Setting): readonly Fault[] {
  const side = "source";
  const status = pick(random, ["setup", "active", "active"] as const);
  const afterUs = magnitude(random, 1, setting.faultsUs / 2);
  const when: Trigger = { on: "status", side, status, nth: 1, afterUs };
  return [drawHang(random, setting, 0), drawInterruption(random, when)];
}

/** The session ends in the moment in which its second connect is answered. */
function drawInterruptedAnswer(random: Random, { link }: Setting): readonly Fault[] {
  const when: Trigger = { on: "opened", role: "preempt", phase: 0, afterUs: link.latencyUs };
  return [drawInterruption(random, when)];
}

function drawInterruption(random: Random, when: Trigger): Fault {
  const once = { times: 1, gapUs: 0, when };
  return pick<Fault>(random, [
    { kind: "operator-cancels", ...once },
    { kind: "operator-cancels", ...once },
    { kind: "reset", role: "main", when },
    { kind: "close", role: "main", when },
  ]);
}

/** What keeps a session from coming about, or its answers from arriving. */
function drawHang(random: Random, setting: Setting, phase: number): Fault {
  const start: Trigger = { on: "start" };
  const delayUs = magnitude(random, 1000, setting.faultsUs);
  const opened: Trigger = { on: "opened", role: "main", phase, afterUs: 0 };
  const back = { role: "main", direction: "destination-to-source" } as const;
  return pick<Fault>(random, [
    { kind: "connect-hang", role: "preempt", phase, forUs: null, when: start },
    { kind: "connect-hang", role: "main", phase, forUs: null, when: start },
    { kind: "connect-delay", role: "preempt", phase, delayUs, when: start },
    { kind: "stall", ...back, forUs: setting.faultsUs, when: opened },
  ]);
}

/** Postcopy breaks, and each recovery meets something in its handshake. */
function drawGauntlet(random: Random, setting: Setting): readonly Fault[] {
  const when: Trigger = {
    on: "status",
    side: pick(random, ["source", "destination"] as const),
    status: "postcopy-active",
    nth: 1,
    // Before the pages run out: what postcopy has completed nobody recovers.
    afterUs: magnitude(random, 1, 3000),
  };
  const recoveries = pick(random, RECOVERIES);
  return [
    { kind: "reset", role: "main", when },
    ...Array.from({ length: recoveries }, (_, index) => {
      return drawHandshakeFault(random.fork(String(index)), setting, index + 1);
    }),
  ];
}

/** Something that happens to the handshake of a recovery: its first messages, its second channel, its operator. */
function drawHandshakeFault(random: Random, setting: Setting, phase: number): Fault {
  const start: Trigger = { on: "start" };
  const main: Trigger = { on: "opened", role: "main", phase, afterUs: 0 };
  const soonUs = pick(random, [0, magnitude(random, 1, 5000)]);
  const answeredUs = pick(random, [soonUs, setting.link.latencyUs]);
  const lateUs = magnitude(random, 1000, 100_000);
  const side = pick(random, ["source", "destination"] as const);
  const role = pick(random, ["main", "preempt"] as const);
  const direction = pick(random, ["source-to-destination", "destination-to-source"] as const);
  const inRecover: Trigger = {
    on: "status",
    side,
    status: "postcopy-recover",
    nth: phase,
    afterUs: soonUs,
  };
  const inSetup: Trigger = {
    on: "status",
    side: "source",
    status: "postcopy-recover-setup",
    nth: phase,
    afterUs: soonUs,
  };
  return pick<Fault>(random, [
    {
      kind: "cut",
      role: "main",
      direction,
      afterBytes: 1 + random.integer(64),
      when: main,
    },
    { kind: "reset", role, when: { on: "opened", role: "preempt", phase, afterUs: answeredUs } },
    { kind: "accept-late", role: "preempt", phase, us: lateUs, when: start },
    { kind: "accept-late", role: "preempt", phase, us: lateUs, when: start },
    { kind: "accept-swapped", role: "main", phase, us: lateUs, when: start },
    { kind: "connect-refuse", role, phase, forUs: null, when: start },
    { kind: "operator-pauses", side, times: 1, gapUs: 0, when: inRecover },
    { kind: "stray-silent", closeAfterUs: setting.faultsUs, resets: false, when: inSetup },
    drawHang(random, setting, phase),
  ]);
}

/** A channel is slow and takes little at once; then postcopy ends, or breaks. */
function drawFullChannel(random: Random, setting: Setting): readonly Fault[] {
  const forth = {
    role: "preempt",
    direction: "source-to-destination",
    bytesPerSecond: magnitude(random, 10_000, 2_000_000),
    limitBytes: magnitude(random, 512, 8192),
  } as const;
  // What goes back is little: requests of some twenty bytes.
  const back = {
    role: "main",
    direction: "destination-to-source",
    bytesPerSecond: magnitude(random, 500, 100_000),
    limitBytes: magnitude(random, 8, 256),
  } as const;
  const way = pick(random, [forth, forth, back]);
  const slow: Fault = { kind: "low-rate", ...way, forUs: null, when: { on: "start" } };
  if (chance(random, 0.5)) return [slow];
  const afterUs = magnitude(random, 100, setting.faultsUs / 4);
  const side = pick(random, ["source", "destination"] as const);
  const when: Trigger = { on: "status", side, status: "postcopy-active", nth: 1, afterUs };
  return [
    slow,
    pick<Fault>(random, [
      { kind: "operator-pauses", side, times: 1, gapUs: 0, when },
      { kind: "reset", role: "main", when },
      { kind: "reset", role: "preempt", when },
    ]),
  ];
}

/** Every vCPU asks for pages as fast as it can, from the switch on. */
function drawCrowd(random: Random, { guest }: Setting): readonly Fault[] {
  const touchesPerSecond = magnitude(random, 2000, 20_000);
  const side = "destination";
  const forUs = Math.ceil(1500 / guest.vcpus / touchesPerSecond * 1e6);
  const afterUs = pick(random, [0, magnitude(random, 1, 5000)]);
  const when: Trigger = { on: "status", side, status: "postcopy-active", nth: 1, afterUs };
  return [{ kind: "fault-burst", side, touchesPerSecond, forUs, when }];
}
