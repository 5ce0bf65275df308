import { assert, assertEquals, assertThrows } from "@std/assert";
import { termsOf } from "../../bench/bind_expression.ts";
import { type EngineFacts, fitScenarios, MissingError } from "../../bench/fit_engines.ts";
import { parseScenario } from "../../bench/load_scenario.ts";
import { EMBEDDED_PAIR, type EngineChoices } from "../../lib/pair/pair.ts";
import type { QemuFacts } from "../../lib/qemu/ask_qemu.ts";
import { scenarioYaml } from "./scenario_yaml.ts";

const QEMU = { kind: "qemu" } as const;
const OURS = { kind: "embedded" } as const;

function qemu(major: number, minor: number, noPostcopy: string | null = null): QemuFacts {
  return { version: { qemu: { major, minor, micro: 0 }, package: "" }, noPostcopy };
}

/** A scenario with an arm for each policy. */
const SCENARIO = parseScenario(
  scenarioYaml({
    ram: "8M",
    parameters: '{ x-preempt-connect: "${policy}" }',
    arms: "{ policy: [blocking, async-at-setup, async-after-main] }",
    thresholds: `
  real:
    - source.main-loop.longest-stall-ms[policy=async-at-setup] < 50
    - source.qmp.longest-silence-ms[policy=async-at-setup] < 50
    - source.qmp.longest-silence-ms[policy=blocking] < 50`,
  }),
  "test.yaml",
);

function policiesOf(engines: EngineChoices, facts: EngineFacts): unknown[] {
  const { scenarios } = fitScenarios([SCENARIO], engines, facts);
  return scenarios.flatMap(({ arms }) => arms.map(({ arm }) => arm["policy"]));
}

Deno.test("fitScenarios() leaves an embedded pair as it is", () => {
  const facts = { source: null, destination: null };
  assertEquals(fitScenarios([SCENARIO], EMBEDDED_PAIR, facts).scenarios, [SCENARIO]);
});

Deno.test("fitScenarios() keeps the one policy by which a source's release connects", () => {
  const engines = { source: QEMU, destination: OURS };
  const facts = (source: QemuFacts) => ({ source, destination: null });
  assertEquals(policiesOf(engines, facts(qemu(7, 2))), ["async-at-setup"]);
  assertEquals(policiesOf(engines, facts(qemu(11, 1))), ["async-after-main"]);
  const [scenario] = fitScenarios([SCENARIO], engines, facts(qemu(7, 2))).scenarios;
  // A QEMU has no such parameter.
  assertEquals(scenario!.arms.map(({ parameters }) => parameters), [{}]);
});

Deno.test("fitScenarios() leaves out the policy that a 7.x destination cannot take", () => {
  const engines = { source: OURS, destination: QEMU };
  const facts = (destination: QemuFacts) => ({ source: null, destination });
  assertEquals(policiesOf(engines, facts(qemu(7, 2))), ["blocking", "async-at-setup"]);
  assertEquals(policiesOf(engines, facts(qemu(8, 0))).length, 3);
});

Deno.test("fitScenarios() drops thresholds about arms and metrics that are not there, and says so", () => {
  const engines = { source: QEMU, destination: QEMU };
  const facts = { source: qemu(7, 2), destination: qemu(7, 2) };
  const { scenarios: [scenario], notes } = fitScenarios([SCENARIO], engines, facts);
  const metrics = scenario!.thresholds.real.flatMap(({ value }) => termsOf(value))
    .map(({ metric }) => metric);
  assertEquals(metrics, ["source.qmp.longest-silence-ms"]);
  assert(notes.some((note) => note.includes("QEMU 7.2 connects by async-at-setup")));
  assert(notes.some((note) => note.includes("without 1 thresholds")));
});

Deno.test("fitScenarios() ends the run where a part is missing", () => {
  const engines = { source: OURS, destination: QEMU };
  const without = { source: null, destination: qemu(7, 2, "no userfaultfd") };
  assertThrows(() => fitScenarios([SCENARIO], engines, without), MissingError, "no userfaultfd");
  const old = { source: null, destination: qemu(7, 0) };
  assertThrows(() => fitScenarios([SCENARIO], engines, old), MissingError, "QEMU 7.1 or later");
  const twoBlocks = parseScenario(scenarioYaml({ ram: "{ a: 4M, b: 4M }" }), "test.yaml");
  assertThrows(
    () => fitScenarios([twoBlocks], engines, { source: null, destination: qemu(7, 2) }),
    MissingError,
    'one RAM block "ram", received 2',
  );
});
