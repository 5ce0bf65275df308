/**
 * The suite `qemu`: its scenarios with our engine on both sides and with each QEMU on both sides, in one run. What an arm runs on is an
 * axis of its own, `engine`, so that all of them stand in one table.
 *
 * @module
 */

import { EMBEDDED_PAIR, type EngineChoice, type EngineChoices } from "../lib/pair/pair.ts";
import type { VersionInfo } from "../lib/qapi/qemu_version.ts";
import { askEngines } from "./ask_engines.ts";
import { type EngineFacts, fitScenarios } from "./fit_engines.ts";
import type { Scenario, ScenarioArm } from "./scenario.ts";

/** An engine that is both sides, and what is known of it. */
interface TwinEngines {
  readonly engines: EngineChoices;
  readonly facts: EngineFacts;
}

/**
 * The scenarios on each engine. They have no thresholds and no sentence about their figures: these would not say which engine they mean.
 *
 * @throws {MissingError} when one of the QEMUs is not there, or may not do what a scenario needs.
 */
export async function besideQemus(
  scenarios: readonly Scenario[],
  qemus: readonly EngineChoice[],
): Promise<Scenario[]> {
  const twins: TwinEngines[] = [];
  for (const qemu of qemus) {
    const engines = { source: qemu, destination: qemu };
    twins.push({ engines, facts: await askEngines(engines) });
  }
  return scenarios.map((scenario) => onEach(scenario, twins));
}

/** The scenario on our engine, and on each of these. */
export function onEach(scenario: Scenario, twins: readonly TwinEngines[]): Scenario {
  const ofOurs = (arms: readonly ScenarioArm[]) =>
    arms.map((arm) => withEngine(arm, "embedded", EMBEDDED_PAIR));
  const names = nameEngines(twins.map(({ facts }) => facts.source!.version));
  const ofQemus = twins.flatMap(({ engines, facts }, index) =>
    fitScenarios([scenario], engines, facts).scenarios
      .flatMap(({ arms }) => arms.map((arm) => withEngine(arm, names[index]!, engines)))
  );
  return {
    ...scenario,
    warmUp: { ...scenario.warmUp, arms: ofOurs(scenario.warmUp.arms) },
    arms: [...ofOurs(scenario.arms), ...ofQemus],
  };
}

function withEngine(arm: ScenarioArm, engine: string, engines: EngineChoices): ScenarioArm {
  return { ...arm, arm: { engine, ...arm.arm }, engines };
}

/** By version, and by number where several builds say the same one. */
function nameEngines(versions: readonly VersionInfo[]): string[] {
  const seen = new Map<string, number>();
  return versions.map(({ qemu: { major, minor, micro } }) => {
    const name = `qemu-${major}.${minor}.${micro}`;
    const number = (seen.get(name) ?? 0) + 1;
    seen.set(name, number);
    return number === 1 ? name : `${name}-${number}`;
  });
}
