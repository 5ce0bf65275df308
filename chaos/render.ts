/**
 * What `deno task chaos` prints.
 *
 * @module
 */

import type { ChaosResult } from "../lib/report/chaos_result.ts";
import type { Colors } from "../lib/report/colors.ts";
import type { Experiment } from "./experiment.ts";
import type { Finding } from "./campaign/tally.ts";

/** A plan and its schedule, in full. */
export function renderPlan({ plan, schedule }: Experiment): string {
  const { faults, ...setting } = plan;
  return [
    `seed ${plan.seed}`,
    ...Object.entries(setting).filter(([name]) => name !== "seed").map(([name, value]) =>
      `  ${name.padEnd(15)} ${JSON.stringify(value)}`
    ),
    `  ${"schedule".padEnd(15)} ${JSON.stringify(schedule)}`,
    `  ${faults.length === 0 ? "no faults" : "faults"}`,
    ...faults.map(({ kind, when, ...parameters }, index) =>
      `  ${String(index).padStart(4)}  ${kind} ${JSON.stringify(parameters)} when ${
        JSON.stringify(when)
      }`
    ),
  ].join("\n");
}

/** An oracle that did not hold. */
export function renderFinding({ oracle, seed, message }: Finding, colors: Colors): string {
  return `${colors.red(oracle)}  ${message}\n  deno task chaos --seed ${seed}`;
}

/** A campaign's figures. */
export function renderCampaign(result: ChaosResult, { dim }: Colors): string {
  const { seeds, schedules, seconds, seedsPerSecond, virtualSecondsPerSecond, repeated, baseSeed } =
    result;
  const runs = schedules === seeds ? "" : ` (${schedules} schedules, all within the bound)`;
  return [
    `${seeds} seeds${runs} in ${seconds.toFixed(1)} s: ${seedsPerSecond.toFixed(1)} a second, ` +
    `${virtualSecondsPerSecond.toFixed(1)} virtual seconds a second; ${repeated} ran twice`,
    dim(
      `base seed ${baseSeed}, commit ${result.commit}, code ${result.code}, trace hash ${result.traceHash}`,
    ),
  ].join("\n");
}

/** The last line. */
export function renderVerdict(verdict: ChaosResult["verdict"], colors: Colors): string {
  const color = { holds: colors.green, violated: colors.red, unknown: colors.yellow }[verdict];
  return color(verdict);
}
