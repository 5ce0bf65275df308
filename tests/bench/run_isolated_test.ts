import { assertEquals } from "@std/assert";
import { parseScenario } from "../../bench/load_scenario.ts";
import { readOptions } from "../../bench/options.ts";
import { argumentsOf, PERMISSIONS } from "../../bench/run_isolated.ts";
import { RunKeeper } from "../../bench/keep_run.ts";
import { scenarioYaml } from "./scenario_yaml.ts";

Deno.test("a run in a process of its own may do what the bench task may do", () => {
  const { tasks } = JSON.parse(Deno.readTextFileSync(new URL("../../deno.json", import.meta.url)));
  const command: string = tasks.bench.command;
  assertEquals(command.match(/--allow-\S+/g), [...PERMISSIONS]);
});

Deno.test("argumentsOf() asks for one run of one arm, with its seed", () => {
  const scenario = parseScenario(scenarioYaml({ arms: "{ ram-size: [64M, 1G] }" }), "x.yaml");
  const [command, ...args] = argumentsOf(
    { scenario, arm: scenario.arms[1]!, seed: 7 },
    { clock: "real", keeper: new RunKeeper("kept") },
    "r.json",
  );
  const request = readOptions(args);
  assertEquals(command, "bench");
  assertEquals(request.kind === "run" && request.options, {
    clock: "real",
    what: { file: "x.yaml" },
    arm: new Map([["ram-size", "1G"]]),
    runs: 1,
    seed: 7,
    json: "r.json",
    thresholds: [],
    keep: "kept",
    quiet: true,
  });
});
