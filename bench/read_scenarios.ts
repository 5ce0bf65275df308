/**
 * The scenarios that a command line asks for.
 *
 * @module
 */

import { besideQemus } from "./beside_qemus.ts";
import type { EngineFacts } from "./fit_engines.ts";
import { interopScenario } from "./interop.ts";
import { loadScenario } from "./load_scenario.ts";
import type { BenchOptions } from "./options.ts";
import { restrictScenario } from "./restrict_scenario.ts";
import type { Scenario } from "./scenario.ts";
import { loadSuite } from "./suites.ts";
import { wrong } from "./usage_error.ts";

/**
 * Reads them.
 *
 * @throws {ScenarioError | UsageError} when a file is wrong, or no arm has the values asked for.
 * @throws {MissingError} when a QEMU of the suite `qemu` is not there.
 */
export async function readScenarios(
  { what, arm, qemus }: Pick<BenchOptions, "what" | "arm" | "qemus">,
  facts: EngineFacts,
): Promise<Scenario[]> {
  const scenarios = await read({ what, qemus }, facts);
  const restricted = scenarios.map((scenario) => restrictScenario(scenario, arm))
    .filter(({ arms }) => arms.length > 0);
  if (restricted.length > 0) return restricted;
  const axes = scenarios.flatMap(({ arms }) => arms.flatMap((one) => Object.keys(one.arm)));
  const known = ["scenario", ...new Set(axes)].join(", ");
  throw wrong("--arm", `values that an arm has, of ${known}`, "others");
}

async function read(
  { what, qemus }: Pick<BenchOptions, "what" | "qemus">,
  facts: EngineFacts,
): Promise<Scenario[]> {
  if ("file" in what) return [await loadScenario(what.file)];
  if (what.suite === "interop") return [interopScenario(facts)];
  const scenarios = await loadSuite(what.suite);
  return what.suite === "qemu" ? await besideQemus(scenarios, qemus) : scenarios;
}
