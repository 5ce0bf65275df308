/**
 * Draws a plan from options.
 *
 * The sizes are those of the small profile: 16 to 256 pages, and limits under which a pass over them takes 10 to 300 ms, so that
 * faults meet every phase of a migration and a run still takes some milliseconds.
 *
 * @module
 */

import type { MigrationCapability } from "../lib/qapi/capabilities.ts";
import { PREEMPT_CONNECT_POLICIES } from "../lib/qapi/parameters.ts";
import { PAGE_SIZE } from "../lib/ram/ram_block.ts";
import { SeededRandom } from "../lib/world/seeded_random.ts";
import type { Random } from "../lib/world/world.ts";
import { chance, magnitude, pick, pickWeighted } from "./draw.ts";
import { drawAimedPlan } from "./draw_aim.ts";
import { drawSituation } from "./draw_situation.ts";
import {
  drawFault,
  type Fault,
  FAULT_NAMES,
  type FaultName,
  isFromStart,
} from "./faults/fault_table.ts";
import type { Options } from "./options.ts";
import type { Plan } from "./plan.ts";
import { pagesOf, type Setting } from "./setting.ts";
import { drawTrigger, type Reach, type Trigger, type TriggerContext } from "./trigger.ts";

/** The plan of a seed's options. */
export function drawPlan(options: Options): Plan {
  const setting = drawSetting(options.seed);
  const root = new SeededRandom(options.seed);
  const aim = root.fork("aim");
  if (options.faults > 0 && chance(aim, AIM_SHARE)) return drawAimedPlan(aim, setting);
  const random = root.fork("situation");
  const hasSituation = options.faults > 0 && chance(random, SITUATION_SHARE);
  const situation = hasSituation ? drawSituation(random, setting) : [];
  return { ...setting, faults: [...drawFaults(options, setting), ...situation] };
}

/** Of the plans with faults, how many aim at a status. */
const AIM_SHARE = 0.25;

/** Of the others, how many have some that belong together besides. */
const SITUATION_SHARE = 0.5;

function drawSetting(seed: bigint): Setting {
  const root = new SeededRandom(seed).fork("plan");
  const isLarge = chance(root.fork("large"), LARGE_SHARE);
  const large = isLarge ? drawLarge(root.fork("blocks")) : null;
  const blocks = large?.blocks ?? drawBlocks(root.fork("blocks"));
  const bytes = pagesOf({ blocks }) * PAGE_SIZE;
  const capabilities = drawCapabilities(root.fork("capabilities"));
  const parameters = { ...drawParameters(root.fork("parameters"), bytes), ...large?.parameters };
  const link = large?.link ?? drawLink(root.fork("link"), bytes);
  const random = root.fork("operator");
  const faultsUs = magnitude(random, 50_000, 1_000_000);
  return {
    seed: String(seed),
    blocks,
    guest: { ...drawGuest(root.fork("guest")), ...large?.guest },
    capabilities,
    parameters,
    link,
    operator: {
      postcopyAfterUs: drawPostcopyAfter(random, passUs(parameters["max-bandwidth"], link, bytes)),
      reactionUs: magnitude(random, 10, 50_000),
      patienceUs: magnitude(random, 20_000, 200_000),
    },
    faultsUs,
    yieldsWhenReady: chance(random, 0.5),
  };
}

/** Mostly within the first pass, so that much is left for postcopy. */
function drawPostcopyAfter(random: Random, firstPassUs: number): number | null {
  const afterUs = Math.round(1.1 * random.fraction() * firstPassUs);
  return pick(random, [null, magnitude(random, 100, 500_000), afterUs, afterUs, afterUs, afterUs]);
}

/** The share of plans with a RAM of thousands of pages: enough for what an engine does with all of them in one go to show. */
const LARGE_SHARE = 0.015;

/** Zero pages, which a stream has many of at once; or pages with content that nothing slows down, so that no write has to wait. */
function drawLarge(random: Random) {
  const blocks = [{ name: "ram", pages: 3500 + random.integer(1500) }];
  if (chance(random, 0.5)) return { blocks, guest: { fill: "zero" } } as const;
  return {
    blocks,
    guest: { fill: "random" },
    parameters: { "max-bandwidth": 0 },
    link: { latencyUs: magnitude(random, 5, 200), bytesPerSecond: null, bufferBytes: 1 << 26 },
  } as const;
}

/** One block, or some, and then small ones among them: of fewer pages than a byte has bits. */
function drawBlocks(random: Random): Setting["blocks"] {
  const pages = magnitude(random, 16, 256);
  if (chance(random, 0.6)) return [{ name: "ram", pages }];
  const small = 1 + random.integer(7);
  const third = 1 + random.integer(40);
  return [
    { name: "ram", pages: Math.max(8, pages - small - third) },
    { name: "vga.vram", pages: small },
    { name: "rom", pages: third },
  ];
}

function drawGuest(random: Random): Setting["guest"] {
  return {
    vcpus: pick(random, [1, 2, 4, 4, 4]),
    workload: pick(random, [
      { kind: "uniform" },
      { kind: "uniform" },
      { kind: "sequential" },
      { kind: "sequential" },
      { kind: "strided" },
      { kind: "hot-cold", hotPages: 0.1, hotTouches: 0.9 },
    ]),
    touchesPerSecond: magnitude(random, 20, 1000),
    writeShare: pick(random, [0, 0, 0.2, 0.5, 0.5, 1, 1]),
    fill: pick(random, ["random", "random", "random", "random", "pattern", "zero"]),
    seed: random.integer(2 ** 31),
  };
}

function drawCapabilities(random: Random): MigrationCapability[] {
  const capabilities: MigrationCapability[] = [];
  if (chance(random, 0.92)) capabilities.push("postcopy-ram");
  if (capabilities.length > 0 && chance(random, 0.85)) capabilities.push("postcopy-preempt");
  if (chance(random, 0.8)) capabilities.push("return-path");
  if (chance(random, 0.1)) capabilities.push("pause-before-switchover");
  if (chance(random, 0.3)) capabilities.push("postcopy-blocktime");
  if (chance(random, 0.06)) capabilities.push("release-ram");
  return capabilities;
}

/** Limits as the time that a pass over the whole RAM takes: longer in postcopy, where more can happen. */
function drawParameters(random: Random, bytes: number): Setting["parameters"] {
  const limit = (probability: number, mostUs: number) =>
    chance(random, probability) ? Math.round(bytes / magnitude(random, 10_000, mostUs) * 1e6) : 0;
  return {
    "max-bandwidth": limit(0.9, 300_000),
    "max-postcopy-bandwidth": limit(0.8, 600_000),
    "downtime-limit": pick(random, [0, 0, 1, 5, 300]),
    "x-preempt-connect": pickWeighted(random, [
      { value: PREEMPT_CONNECT_POLICIES[0], weight: 1 },
      { value: PREEMPT_CONNECT_POLICIES[1], weight: 4 },
      { value: PREEMPT_CONNECT_POLICIES[2], weight: 5 },
    ]),
  };
}

function drawLink(random: Random, bytes: number): Setting["link"] {
  return {
    latencyUs: magnitude(random, 5, 2000),
    bytesPerSecond: chance(random, 0.3)
      ? Math.round(bytes / magnitude(random, 5000, 100_000) * 1e6)
      : null,
    bufferBytes: magnitude(random, 4096, 4 << 20),
  };
}

function drawFaults({ seed, weights, faults, breaks }: Options, setting: Setting): Fault[] {
  const root = new SeededRandom(seed).fork("faults");
  const hasPostcopy = setting.capabilities.includes("postcopy-ram") &&
    setting.operator.postcopyAfterUs !== null;
  const reach: Reach = hasPostcopy ? (breaks > 0 ? "recovery" : "postcopy") : "precopy";
  const expectedUs = expectDuration(setting);
  const rows = FAULT_NAMES.map((value) => ({ value, weight: weights[value] }));
  const moments: TriggerContext = {
    lastUs: Math.min(setting.faultsUs, 1.5 * expectedUs),
    bytesMax: pagesOf(setting) * PAGE_SIZE,
    reach,
    hasPreempt: setting.capabilities.includes("postcopy-preempt"),
    answerUs: setting.link.latencyUs,
  };
  const drawn = Array.from({ length: faults }, (_, index) => {
    const random = root.fork(String(index));
    const kind = pickWeighted(random, rows);
    const when = isFromStart(kind)
      ? { on: "start" } as const
      : drawTrigger(random.fork("trigger"), moments);
    return drawFault(kind, when, { random, setting, expectedUs });
  });
  const broken = Array.from({ length: hasPostcopy ? breaks : 0 }, (_, index) => {
    const random = root.fork(`break ${index}`);
    return drawFault(pick(random, BREAKS), drawBreak(random, index + 1, setting), {
      random,
      setting,
      expectedUs,
    });
  });
  return [...drawn, ...broken];
}

/** Kinds of fault that end a session, or its progress. */
const BREAKS = [
  "reset",
  "reset",
  "close",
  "cut",
  "truncated",
  "half-open",
  "operator-pauses",
] as const satisfies readonly FaultName[];

/** A moment in the background stream behind the `nth` time that a side runs in postcopy. */
function drawBreak(random: Random, nth: number, setting: Setting): Trigger {
  const bytes = pagesOf(setting) * PAGE_SIZE;
  const longestUs = passUs(setting.parameters["max-postcopy-bandwidth"], setting.link, bytes);
  return {
    on: "status",
    side: pick(random, ["source", "destination"] as const),
    status: "postcopy-active",
    nth,
    // Each break leaves less to send, so most come early: or there is no second recovery.
    afterUs: pick(random, [
      0,
      magnitude(random, 10, 1000),
      magnitude(random, 10, longestUs / 4),
      magnitude(random, 10, longestUs),
    ]),
  };
}

/** The time of one pass before the switch, unless postcopy begins earlier, and of one behind it. */
function expectDuration({ blocks, operator, parameters, link }: Setting): number {
  const bytes = pagesOf({ blocks }) * PAGE_SIZE;
  const precopyUs = passUs(parameters["max-bandwidth"], link, bytes);
  if (operator.postcopyAfterUs === null) return precopyUs;
  return Math.min(operator.postcopyAfterUs, precopyUs) +
    passUs(parameters["max-postcopy-bandwidth"], link, bytes);
}

/** The time of one pass over so many bytes under a limit, roughly. */
function passUs(limit: number, link: Setting["link"], bytes: number): number {
  const rates = [limit, link.bytesPerSecond ?? 0].filter((rate) => rate > 0);
  return 1000 + (rates.length === 0 ? 0 : Math.round(bytes / Math.min(...rates) * 1e6));
}
