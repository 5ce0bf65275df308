/**
 * The scenarios of a command line, as its engines can act them out.
 *
 * @module
 */

import type { EngineChoices } from "../lib/pair/pair.ts";
import { askEngines } from "./ask_engines.ts";
import { forReleases } from "./cross_versions.ts";
import { type EngineFacts, fitScenarios } from "./fit_engines.ts";
import type { BenchOptions } from "./options.ts";
import { readScenarios } from "./read_scenarios.ts";
import type { Scenario } from "./scenario.ts";

/** Scenarios, and who acts them out. */
export interface PreparedScenarios {
  readonly scenarios: readonly Scenario[];
  readonly engines: EngineChoices;
  readonly facts: EngineFacts;
  /** What is left out, as sentences. */
  readonly notes: readonly string[];
}

/** Asks the engines, and reads the scenarios. @throws {ScenarioError | UsageError | MissingError} */
export async function prepareScenarios(options: BenchOptions): Promise<PreparedScenarios> {
  const facts = await askEngines(options.engines);
  const engines = forReleases(options.engines, facts);
  const read = await readScenarios(options, facts);
  return { engines, facts, ...fitScenarios(read, engines, facts) };
}
