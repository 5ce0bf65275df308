import { assert, assertEquals } from "@std/assert";
import { parseScenario } from "../../bench/load_scenario.ts";
import { PERMISSIONS, runIsolated, V8_FLAGS } from "../../bench/run_isolated.ts";
import { ARRIVE, ENTER_POSTCOPY, scenarioYaml, stepsYaml } from "./scenario_yaml.ts";

const STEPS = stepsYaml(...ENTER_POSTCOPY, ...ARRIVE);
const SCENARIO = parseScenario(scenarioYaml({ steps: STEPS, probes: "none" }), "x.yaml");

Deno.test("runIsolated() runs an arm in a process of its own, and brings back all of it", async () => {
  const lines: string[] = [];
  const made = await runIsolated({ arm: SCENARIO.arms[0]!, warmUpUs: 0, floors: true }, {
    seed: 1,
    signal: new AbortController().signal,
    log: (side, direction, line) => void lines.push(`${side} ${direction} ${line}`),
  });
  const { outcome, failure, record } = made!.run;
  assertEquals([outcome.guest, outcome.ram, failure], ["destination", "identical", null]);
  assertEquals(record.measurements.source.loop, null);
  assert(record.measurements.peakRssMib! > 0 && made!.floors!.streamMibPerS > 0);
  assert(lines.some((line) => /^source sent .*"migrate-start-postcopy"/.test(line)));
});

Deno.test("runIsolated() ends the process when it is interrupted", async () => {
  const interrupt = new AbortController();
  const [arm] = parseScenario(scenarioYaml({ steps: stepsYaml("{ wait: 60s }") }), "x.yaml").arms;
  const job = { arm: arm!, warmUpUs: 0, floors: false };
  const running = runIsolated(job, { seed: 1, signal: interrupt.signal, log: () => {} });
  setTimeout(() => interrupt.abort(), 1500);
  assertEquals(await running, null);
});

Deno.test("a run in a process of its own may do what the bench task may do, and has its memory", () => {
  const { tasks } = JSON.parse(Deno.readTextFileSync(new URL("../../deno.json", import.meta.url)));
  const command: string = tasks.bench.command;
  assertEquals(Array.from(command.match(/--allow-\S+/g) ?? []), PERMISSIONS.slice());
  assertEquals(command.match(/--v8-flags=\S+/)?.[0], V8_FLAGS);
});
