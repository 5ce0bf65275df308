import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { RunKeeper } from "../../bench/keep_run.ts";
import { parseScenario } from "../../bench/load_scenario.ts";
import { jobsOf, runSuite } from "../../bench/run_suite.ts";
import { ARRIVE, ENTER_POSTCOPY, scenarioYaml, stepsYaml } from "./scenario_yaml.ts";

Deno.test("RunKeeper keeps QMP lines, timelines and the scenario of each run", async () => {
  const folder = await Deno.makeTempDir();
  const text = scenarioYaml({
    arms: "{ preempt: [true] }",
    steps: stepsYaml(...ENTER_POSTCOPY, ...ARRIVE),
  });
  const scenario = parseScenario(text, "x.yaml");
  const signal = new AbortController().signal;
  const keeper = new RunKeeper(folder);
  const options = { clock: "virtual", runs: 1, seed: 5, floors: true, keeper, signal } as const;
  await Array.fromAsync(runSuite([scenario], options, () => {}));

  assertEquals(jobsOf([scenario], options).length, 1);
  const kept = `${folder}/test_scenario`;
  const run = `${kept}/preempt=true/seed-5`;
  assertEquals(Deno.readTextFileSync(`${kept}/scenario.yaml`), text);
  const lines = Deno.readTextFileSync(`${run}/source.qmp`).split("\n");
  assert(lines.some((line) => line.startsWith("->") && line.includes(`"migrate-start-postcopy"`)));
  assert(lines.some((line) => line.startsWith("<-") && line.includes(`"postcopy-active"`)));
  assertStringIncludes(Deno.readTextFileSync(`${run}/destination.qmp`), `"migrate-incoming"`);
  const { statuses } = JSON.parse(Deno.readTextFileSync(`${run}/source.json`));
  assertEquals(statuses.at(-1).status, "completed");
  const requests = JSON.parse(Deno.readTextFileSync(`${run}/page-requests.json`));
  assert(requests.length > 0 && "points" in requests[0]);
  const { metrics, failure } = JSON.parse(Deno.readTextFileSync(`${run}/run.json`));
  assertEquals([metrics["page-request.count"], failure], [requests.length, null]);
  await Deno.remove(folder, { recursive: true });
});
