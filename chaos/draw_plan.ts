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
import { drawFault, type Fault, FAULT_NAMES, isFromStart } from "./faults/fault_table.ts";
import type { Options } from "./options.ts";
import type { Plan } from "./plan.ts";
import { pagesOf, type Setting } from "./setting.ts";
import { drawTrigger } from "./trigger.ts";

/** The plan of a seed's options. */
export function drawPlan(options: Options): Plan {
  const setting = drawSetting(options.seed);
  return { ...setting, faults: drawFaults(options, setting) };
}

function drawSetting(seed: bigint): Setting {
  const root = new SeededRandom(seed).fork("plan");
  const blocks = drawBlocks(root.fork("blocks"));
  const bytes = pagesOf({ blocks }) * PAGE_SIZE;
  const capabilities = drawCapabilities(root.fork("capabilities"));
  const random = root.fork("operator");
  const faultsUs = magnitude(random, 50_000, 1_000_000);
  return {
    seed: String(seed),
    blocks,
    guest: drawGuest(root.fork("guest")),
    capabilities,
    parameters: drawParameters(root.fork("parameters"), bytes),
    link: drawLink(root.fork("link"), bytes),
    operator: {
      postcopyAfterUs: chance(random, 0.85) ? magnitude(random, 100, faultsUs / 2) : null,
      reactionUs: magnitude(random, 10, 50_000),
      patienceUs: magnitude(random, 20_000, 200_000),
    },
    faultsUs,
    yieldsWhenReady: chance(random, 0.5),
  };
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
  if (chance(random, 0.03)) capabilities.push("release-ram");
  return capabilities;
}

/** Limits as the time that a pass over the whole RAM takes. */
function drawParameters(random: Random, bytes: number): Setting["parameters"] {
  const limit = (probability: number) =>
    chance(random, probability) ? Math.round(bytes / magnitude(random, 10_000, 300_000) * 1e6) : 0;
  return {
    "max-bandwidth": limit(0.9),
    "max-postcopy-bandwidth": limit(0.8),
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

function drawFaults({ seed, weights, faults }: Options, setting: Setting): Fault[] {
  const root = new SeededRandom(seed).fork("faults");
  const expectedUs = expectDuration(setting);
  const rows = FAULT_NAMES.map((value) => ({ value, weight: weights[value] }));
  const bytesMax = pagesOf(setting) * PAGE_SIZE;
  return Array.from({ length: faults }, (_, index) => {
    const random = root.fork(String(index));
    const kind = pickWeighted(random, rows);
    const when = isFromStart(kind)
      ? { on: "start" } as const
      : drawTrigger(random.fork("trigger"), {
        lastUs: Math.min(setting.faultsUs, 1.5 * expectedUs),
        bytesMax,
      });
    return drawFault(kind, when, { random, setting, expectedUs });
  });
}

/** The time of one pass before the switch, unless postcopy begins earlier, and of one behind it. */
function expectDuration({ blocks, operator, parameters, link }: Setting): number {
  const bytes = pagesOf({ blocks }) * PAGE_SIZE;
  const passUs = (limit: number) => {
    const rates = [limit, link.bytesPerSecond ?? 0].filter((rate) => rate > 0);
    return 1000 + (rates.length === 0 ? 0 : bytes / Math.min(...rates) * 1e6);
  };
  const precopyUs = passUs(parameters["max-bandwidth"]);
  if (operator.postcopyAfterUs === null) return precopyUs;
  return Math.min(operator.postcopyAfterUs, precopyUs) +
    passUs(parameters["max-postcopy-bandwidth"]);
}
