import { assert, assertEquals } from "@std/assert";
import { parseScenario } from "../../bench/load_scenario.ts";
import { parseSelector } from "../../bench/expression.ts";
import { restrictScenario } from "../../bench/restrict_scenario.ts";
import { jobsOf, runSuite, type ScenarioReport, type SuiteOptions } from "../../bench/run_suite.ts";
import type { Scenario } from "../../bench/scenario.ts";
import { loadSuite } from "../../bench/suites.ts";
import { ARRIVE, ENTER_POSTCOPY, scenarioYaml, stepsYaml } from "./scenario_yaml.ts";

/** A scenario with two arms. */
const DELAYS = parseScenario(
  scenarioYaml({
    shim: '\n  - { role: preempt, netem: "connect delay ${delay}ms" }',
    arms: "{ delay: [0, 250] }",
    steps: stepsYaml(...ENTER_POSTCOPY, ...ARRIVE),
    thresholds: '\n  virtual: ["postcopy.start-to-active-ms[delay=250] >= 250"]',
  }),
  "delays.yaml",
);

/** Runs scenarios in virtual time. */
async function run(
  scenarios: readonly Scenario[],
  options: Partial<SuiteOptions> = {},
): Promise<ScenarioReport[]> {
  const signal = new AbortController().signal;
  const suite = {
    clock: "virtual",
    runs: 1,
    seed: 1,
    floors: true,
    keeper: null,
    signal,
    ...options,
  } as const;
  return await Array.fromAsync(runSuite(scenarios, suite, () => {}));
}

Deno.test("jobsOf() interleaves runs: each arm once, then each arm again with the next seed", () => {
  const jobs = jobsOf([DELAYS], { runs: 2, seed: 2 ** 32 - 1 });
  assertEquals(jobs.map(({ arm, seed }) => [arm.arm["delay"], seed]), [
    [0, 2 ** 32 - 1],
    [250, 2 ** 32 - 1],
    [0, 0],
    [250, 0],
  ]);
});

Deno.test("runSuite() gives the same figures every time in virtual time", async () => {
  const [first] = await run([DELAYS], { runs: 2 });
  const [second] = await run([DELAYS], { runs: 2 });
  assertEquals(second?.runs, first?.runs);
  assertEquals(first?.runs.length, 4);
  const judged = first?.judgements.map(({ limit, verdict }) => [limit, verdict]);
  assertEquals(judged, [[250, "pass"]]);
});

Deno.test("runSuite() leaves out what only a real machine has, in virtual time", async () => {
  const [report] = await run([DELAYS]);
  for (const name of Object.keys(report?.runs[0]?.metrics ?? {})) {
    assert(!/^(floor|process|shim)\.|cpu-wait/.test(name), name);
  }
});

Deno.test("runSuite() goes on after a run that failed, and says why it did", async () => {
  const broken = parseScenario(
    scenarioYaml({ steps: stepsYaml("{ on: source, wait-for-status: active, timeout: 1s }") }),
    "broken.yaml",
  );
  const [first, second] = await run([broken, DELAYS]);
  assertEquals(
    first?.runs[0]?.failure,
    "step 1: waited 1s for active on the source, which is in none",
  );
  assertEquals(second?.runs.map(({ failure }) => failure), [undefined, undefined]);
});

Deno.test("runSuite() reports nothing of a scenario that was interrupted", async () => {
  const interrupt = new AbortController();
  const { signal } = interrupt;
  const suite = { clock: "virtual", runs: 1, seed: 1, floors: true, keeper: null, signal } as const;
  const began: string[] = [];
  const reports = runSuite([DELAYS, DELAYS], suite, ({ arm }) => {
    began.push(String(arm.arm["delay"]));
    if (began.length === 3) interrupt.abort();
  });
  assertEquals((await Array.fromAsync(reports)).length, 1);
  assertEquals(began, ["0", "250", "0"]);
});

Deno.test("restrictScenario() keeps the arms that are meant, and the thresholds about them", () => {
  const slow = restrictScenario(DELAYS, parseSelector("delay=250"));
  assertEquals(slow.arms.map(({ arm }) => arm), [{ delay: 250 }]);
  assertEquals(slow.thresholds.virtual.length, 1);
  const quick = restrictScenario(DELAYS, parseSelector("delay=0"));
  assertEquals(quick.thresholds.virtual, []);
  assertEquals(restrictScenario(DELAYS, parseSelector("ram=1G")).arms, []);
  assertEquals(restrictScenario(DELAYS, new Map()), DELAYS);
});

Deno.test("every threshold of the preempt suite holds in virtual time", async () => {
  for (const { runs, judgements } of await run(await loadSuite("preempt"))) {
    assertEquals(runs.filter(({ failure }) => failure !== undefined), []);
    assertEquals(judgements.filter(({ verdict }) => verdict !== "pass"), []);
    assertEquals(runs.filter(({ outcome }) => outcome.ram !== "identical"), []);
  }
});
