/**
 * Draws plans that aim at a status: what leads a migration there, and faults that strike while a side has it.
 *
 * Faults that are drawn one by one seldom meet a status that is over in a moment, or that takes a failure to come to. In these plans the
 * status comes first, and every kind of fault is as likely as any other: so each meets each in a campaign of ordinary length.
 *
 * @module
 */

import type { MigrationCapability } from "../lib/qapi/capabilities.ts";
import type { MigrationStatus, Side } from "../lib/qapi/migration_status.ts";
import { PAGE_SIZE } from "../lib/ram/ram_block.ts";
import type { Random } from "../lib/world/world.ts";
import { magnitude, pick } from "./draw.ts";
import {
  drawFault,
  type Fault,
  FAULT_NAMES,
  type FaultName,
  FAULTS,
  isFromStart,
} from "./faults/fault_table.ts";
import type { Plan } from "./plan.ts";
import { pagesOf, type Setting } from "./setting.ts";
import type { Trigger } from "./trigger.ts";

/** What leads to a status: what the setting has to be, and faults. */
interface Way {
  readonly setting: Setting;
  readonly faults: readonly Fault[];
}

/** A status of a side, and what leads there. */
export interface Aim {
  readonly side: Side;
  readonly status: MigrationStatus;
  lead(random: Random, setting: Setting, side: Side): Way;
}

/** The statuses that other plans seldom strike in. */
export const AIMS: readonly Aim[] = [
  { side: "source", status: "pre-switchover", lead: stopBeforeSwitch },
  { side: "source", status: "device", lead: switchSlowly },
  { side: "source", status: "completed", lead: completeUntold },
  { side: "source", status: "postcopy-paused", lead: breakPostcopy },
  { side: "source", status: "postcopy-recover-setup", lead: breakPostcopy },
  { side: "source", status: "postcopy-recover", lead: breakPostcopy },
  { side: "source", status: "cancelling", lead: cancelSlowly },
  { side: "source", status: "cancelled", lead: cancelSlowly },
  { side: "source", status: "failed", lead: fail },
  { side: "destination", status: "postcopy-active", lead: switchToPostcopy },
  { side: "destination", status: "completed", lead: goOn },
  { side: "destination", status: "failed", lead: fail },
  { side: "destination", status: "postcopy-paused", lead: breakPostcopy },
  { side: "destination", status: "postcopy-recover", lead: breakPostcopy },
];

/** Kinds that strike at a moment. Those of traffic find no channel to strike half of the times, so each is here twice. */
const KINDS = FAULT_NAMES.filter((kind) => !isFromStart(kind))
  .flatMap((kind) => FAULTS[kind].group === "traffic" ? [kind, kind] : [kind]);

const BUFFER_BYTES_MIN = 64 * 1024;

/** How many strike in the status: the first may end it. */
const COUNTS = [2, 3, 4, 5];

/** A plan that aims at some status. @param drawn its setting, as far as the status allows it. */
export function drawAimedPlan(random: Random, drawn: Setting): Plan {
  return aimAt(pick(random, AIMS), random, drawn);
}

/**
 * A plan that aims at that status. Over a long link one end of a channel is open for a while when the other has gone; its buffer is
 * large enough for the link not to be the slowest thing there is.
 */
export function aimAt(aim: Aim, random: Random, drawn: Setting): Plan {
  const link = {
    ...drawn.link,
    latencyUs: magnitude(random, 100, 5000),
    bufferBytes: Math.max(drawn.link.bufferBytes, BUFFER_BYTES_MIN),
  };
  const { setting, faults } = aim.lead(random.fork("lead"), { ...drawn, link }, aim.side);
  const aimed = Array.from({ length: pick(random, COUNTS) }, () => {
    const kind = pick(random, KINDS);
    const context = { random, setting, expectedUs: setting.faultsUs };
    return drawFault(kind, drawMoment(random, aim, kind), context);
  });
  return { ...setting, faults: [...faults, ...aimed] };
}

function drawMoment(random: Random, { side, status }: Aim, kind: FaultName): Trigger {
  // Traffic needs a channel, and in this status there is none before its end.
  if (status === "postcopy-recover-setup" && FAULTS[kind].group === "traffic") {
    return { on: "opened", role: "main", phase: 1, afterUs: 0 };
  }
  const afterUs = pick(random, [0, 0, 0, magnitude(random, 1, 1000)]);
  return { on: "status", side, status, nth: 1, afterUs };
}

function goOn(_random: Random, setting: Setting): Way {
  return { setting, faults: [] };
}

function stopBeforeSwitch(random: Random, drawn: Setting): Way {
  const operator = { ...drawn.operator, reactionUs: magnitude(random, 1000, 50_000) };
  const setting = withCapability({ ...drawn, operator }, "pause-before-switchover");
  return { setting, faults: [] };
}

/** Precopy ends as soon as its bandwidth is known, with much left for the downtime. */
function switchSlowly(random: Random, drawn: Setting): Way {
  const passUs = magnitude(random, 150_000, 400_000);
  const bytesPerSecond = Math.round(pagesOf(drawn) * PAGE_SIZE / passUs * 1e6);
  const setting = {
    ...drawn,
    parameters: {
      ...drawn.parameters,
      "max-bandwidth": 0,
      "downtime-limit": Math.round(passUs / 1000),
    },
    link: { ...drawn.link, bytesPerSecond },
    operator: { ...drawn.operator, postcopyAfterUs: null },
    faultsUs: Math.max(drawn.faultsUs, 2 * passUs),
  };
  return { setting, faults: [] };
}

/** Without a return path a source has completed while its last bytes are on their way. Its guest lets a precopy end. */
function completeUntold(_random: Random, drawn: Setting): Way {
  const isRight = (name: MigrationCapability) =>
    name !== "return-path" && !name.startsWith("postcopy-");
  const setting = {
    ...drawn,
    capabilities: drawn.capabilities.filter(isRight),
    guest: { ...drawn.guest, touchesPerSecond: Math.min(drawn.guest.touchesPerSecond, 50) },
    operator: { ...drawn.operator, postcopyAfterUs: null },
  };
  return { setting, faults: [] };
}

/** Postcopy begins within the first pass, and takes its time. */
function switchToPostcopy(random: Random, drawn: Setting): Way {
  const bytes = pagesOf(drawn) * PAGE_SIZE;
  const firstPassUs = magnitude(random, 10_000, 100_000);
  const limit = (passUs: number) => Math.round(bytes / passUs * 1e6);
  const setting = {
    ...drawn,
    capabilities: drawn.capabilities.filter((name) => name !== "release-ram"),
    parameters: {
      ...drawn.parameters,
      "max-bandwidth": limit(firstPassUs),
      "max-postcopy-bandwidth": limit(magnitude(random, 20_000, 200_000)),
    },
    operator: { ...drawn.operator, postcopyAfterUs: magnitude(random, 100, firstPassUs / 2) },
  };
  return { setting: withCapability(setting, "postcopy-ram"), faults: [] };
}

/** The guest runs on the destination when postcopy breaks; the operator recovers it soon. */
function breakPostcopy(random: Random, drawn: Setting, side: Side): Way {
  const { setting } = switchToPostcopy(random, drawn);
  const afterUs = magnitude(random, 1, 3000);
  const when: Trigger = {
    on: "status",
    side: "destination",
    status: "postcopy-active",
    nth: 1,
    afterUs,
  };
  const pause: Fault = { kind: "operator-pauses", side, times: 1, gapUs: 0, when };
  const operator = {
    ...setting.operator,
    reactionUs: magnitude(random, 10, 5000),
    patienceUs: magnitude(random, 20_000, 100_000),
  };
  return {
    setting: { ...setting, operator, faultsUs: Math.max(setting.faultsUs, 300_000) },
    faults: [pick(random, [pause, pause, ...endsFor(side, when)])],
  };
}

/** Somebody cancels, and the source takes its time over it. */
function cancelSlowly(random: Random, setting: Setting): Way {
  const side = "source";
  const afterUs = pick(random, [0, magnitude(random, 1, 10_000)]);
  const when: Trigger = { on: "status", side, status: "active", nth: 1, afterUs };
  const factor = magnitude(random, 10, 300);
  return {
    setting,
    faults: [
      { kind: "operator-cancels", times: 1, gapUs: 0, when },
      { kind: "slow-work", side, factor, forUs: null, when },
    ],
  };
}

function fail(random: Random, setting: Setting, side: Side): Way {
  const afterUs = magnitude(random, 1, 5000);
  const when: Trigger = { on: "status", side: "destination", status: "active", nth: 1, afterUs };
  return { setting, faults: [pick(random, endsFor(side, when))] };
}

/** What ends the main channel for a side at once; the other hears of it too, or not. */
function endsFor(side: Side, when: Trigger): readonly Fault[] {
  const role = "main";
  const gone = side === "source" ? "near" : "far";
  const halfOpen: Fault = { kind: "half-open", role, gone, when };
  return [halfOpen, halfOpen, halfOpen, { kind: "close", role, when }];
}

function withCapability(setting: Setting, added: MigrationCapability): Setting {
  const others = setting.capabilities.filter((name) => name !== added);
  return { ...setting, capabilities: [...others, added] };
}
