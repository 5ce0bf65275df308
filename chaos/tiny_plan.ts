/**
 * Tiny plans, for an exhaustive search: 2 to 4 pages, one or two vCPUs, one fault, and faults of every kind in turn.
 *
 * @module
 */

import { SeededRandom } from "../lib/world/seeded_random.ts";
import { drawPlan } from "./draw_plan.ts";
import { FAULT_NAMES } from "./faults/fault_table.ts";
import type { Plan } from "./plan.ts";

/** Pages of the smallest. */
const PAGES_MIN = 2;

/** The tiny plan of a seed. */
export function drawTinyPlan(seed: bigint): Plan {
  const random = new SeededRandom(seed).fork("tiny");
  const kind = FAULT_NAMES[random.integer(FAULT_NAMES.length)]!;
  const weights = Object.fromEntries(FAULT_NAMES.map((name) => [name, name === kind ? 1 : 0]));
  const plan = drawPlan({
    seed,
    weights: weights as Record<typeof kind, number>,
    faults: 1,
    breaks: 0,
  });
  return {
    ...plan,
    // Behind the one that was asked for a plan may hold a situation: faults that belong together.
    faults: plan.faults.slice(0, 1),
    blocks: [{ name: "ram", pages: PAGES_MIN + random.integer(3) }],
    guest: { ...plan.guest, vcpus: 1 + random.integer(2) },
  };
}
