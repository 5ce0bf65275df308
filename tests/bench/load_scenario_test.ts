import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { loadScenario, parseScenario } from "../../bench/load_scenario.ts";
import { ScenarioError } from "../../bench/scenario_text.ts";
import { loadSuite } from "../../bench/suites.ts";
import { ARRIVE, ENTER_POSTCOPY, scenarioYaml, stepsYaml } from "./scenario_yaml.ts";

Deno.test("parseScenario() fills in each arm: parameters, capabilities, shim and steps", () => {
  const text = scenarioYaml({
    ram: "${ram}",
    capabilities: "\n  postcopy-ram: true\n  postcopy-preempt: ${preempt}",
    shim: '\n  - { role: preempt, phase: 0, netem: "connect delay ${delay}ms" }',
    steps: stepsYaml(
      "{ on: source, execute: stop, when: { preempt: true } }",
      '{ wait: "${delay}ms" }',
    ),
    arms: "{ preempt: [false, true], delay: [250], ram: [8M] }",
  });
  const [off, on] = parseScenario(text, "x.yaml").arms;
  assertEquals(off?.arm, { preempt: false, delay: 250, ram: "8M" });
  assertEquals(off?.capabilities, { "postcopy-ram": true, "postcopy-preempt": false });
  assertEquals(off?.ram, [{ name: "ram", bytes: 8 << 20 }]);
  assertEquals(off?.shim, [
    { role: "preempt", phase: 0, connect: { kind: "delay", delayUs: 250_000 } },
  ]);
  assertEquals(off?.steps, [{ kind: "wait", us: 250_000, number: 2 }]);
  assertEquals(on?.steps.map(({ kind, number }) => [kind, number]), [["execute", 1], ["wait", 2]]);
});

Deno.test("parseScenario() has defaults for what a file may leave out", () => {
  const { arms: [arm], thresholds, meaning, processPerRun } = parseScenario(
    scenarioYaml({ steps: stepsYaml("{ on: source, wait-for-status: active }") }),
    "x.yaml",
  );
  assertEquals(arm?.transport, "unix");
  assertEquals(arm?.shim, []);
  assertEquals(arm?.probes, {});
  assertEquals(arm?.steps, [
    {
      kind: "wait-for-status",
      on: "source",
      statuses: ["active"],
      timeoutUs: 30_000_000,
      number: 1,
    },
  ]);
  assertEquals([thresholds, meaning, processPerRun], [
    { real: [], virtual: [] },
    { real: null, virtual: null },
    false,
  ]);
});

Deno.test("parseScenario() reads how often engines are probed", () => {
  const { arms } = parseScenario(scenarioYaml({ probes: "{ main-loop: 2ms }" }), "x.yaml");
  assertEquals(arms[0]?.probes, { loopIntervalUs: 2000 });
  const none = parseScenario(scenarioYaml({ probes: "none" }), "x.yaml").arms[0];
  assertEquals(none?.probes, null);
});

Deno.test("parseScenario() reads which arms are run to warm up, and for how long", () => {
  const arms = "{ policy: [a, b], delay: [0, 250] }";
  const warmUpOf = (fields: Readonly<Record<string, string>>) => {
    const { warmUp } = parseScenario(scenarioYaml({ arms, ...fields }), "x.yaml");
    return [warmUp.forUs, warmUp.arms.map(({ arm }) => `${arm["policy"]} ${arm["delay"]}`)];
  };
  assertEquals(warmUpOf({}), [1_000_000, ["a 0", "a 250", "b 0", "b 250"]]);
  assertEquals(warmUpOf({ "warm-up": "{ for: 2s, arms: { delay: 0 } }" }), [
    2_000_000,
    ["a 0", "b 0"],
  ]);
});

Deno.test("parseScenario() takes RAM blocks by name", () => {
  const { arms } = parseScenario(scenarioYaml({ ram: "{ ram: 2M, vga.vram: 64K }" }), "x.yaml");
  assertEquals(arms[0]?.ram, [{ name: "ram", bytes: 2 << 20 }, { name: "vga.vram", bytes: 65536 }]);
});

/** Fields of a file, and what the error says behind the file's name. */
const REFUSED: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
  [{ ram: "[" }, ":4:1: expected YAML: "],
  [{ name: "Test" }, ":1:7: name: expected text like "],
  [{ qestion: "why" }, `:9:1: qestion: expected one of name, question,`],
  [{ guest: "{ vcpus: 0 }" }, ":4:8: guest: vcpus expected an integer from 1 to 64, received 0"],
  [{ guest: "{ vcpu: 1 }" }, `:4:10: guest.vcpu: expected one of vcpus, workload,`],
  [
    { "warm-up": "{ for: soon }" },
    ":9:17: warm-up.for: expected a time of 0 to 3600s such as 250us, 10ms",
  ],
  [
    { "warm-up": "{ arms: { delay: 1 } }" },
    ":9:20: warm-up.arms.delay: expected no ${axis}, as there are no arms",
  ],
  [
    { "warm-up": "{ arms: { delay: 1 } }", arms: "{ delay: [0, 250] }" },
    ':9:18: warm-up.arms: expected values that an arm has, received {"delay":1}',
  ],
  [{ ram: "2X" }, ":3:6: ram: expected a number with K, M or G"],
  [{ ram: "{ ram: 2M, rom: 1 }" }, ":3:22: ram.rom: expected text, received 1"],
  [{ ram: "{ ram: 2M, rom: 1B }" }, ":3:22: ram.rom: expected a number with K, M or G"],
  [
    { parameters: "{ max-bandwith: 1 }" },
    `:6:15: parameters.max-bandwith: expected one of max-bandwidth, max-postcopy-bandwidth, ` +
    `downtime-limit, x-preempt-connect, received "max-bandwith" (did you mean "max-bandwidth"?)`,
  ],
  [
    { parameters: "{ x-preempt-connect: async }" },
    `:6:34: parameters.x-preempt-connect: expected one of "blocking", "async-at-setup", ` +
    `"async-after-main", received "async"`,
  ],
  [
    { shim: "[{ role: preempt, netem: connect dely 1s }]" },
    `:9:40: shim[0].netem: expected "delay", "hang", "refuse" or "reset" at column 9`,
  ],
  [{ probes: "{ qmp: 10us }" }, `:9:16: probes.qmp: expected at least 100us, received "10us"`],
  [{ show: "[downtime]" }, `:7:8: show[0]: expected one of "source.main-loop.longest-stall-ms"`],
  [
    { arms: "{ link: [a] }", shim: '[{ role: main, netem: "rate ${lnk}" }]' },
    `:10:29: shim[0].netem: expected one of link, received "lnk" (did you mean "link"?)`,
  ],
  [{ arms: "{ Link: [a] }" }, ":9:9: arms.Link: expected text like "],
  [{ arms: "{ link: [] }" }, ":9:15: arms.link: expected a list of at least 1, received a list"],
];

for (const [fields, message] of REFUSED) {
  Deno.test(`parseScenario() refuses ${JSON.stringify(fields)}`, () => {
    const text = scenarioYaml(fields);
    assertThrows(() => parseScenario(text, "x.yaml"), ScenarioError, `x.yaml${message}`);
  });
}

/** A step, and what the error says behind the place of the step in the file. */
const REFUSED_STEPS: readonly (readonly [string, string])[] = [
  ["{ on: source, exeute: migrate }", ":9:5: steps[0]: expected one of execute, wait-for-status,"],
  ["{ on: source, execute: stop, wait: 1s }", ", received execute and wait"],
  ["{ on: sorce, execute: stop }", `:9:11: steps[0].on: expected one of "source", "destination"`],
  [
    "{ on: source, execute: migrat }",
    `:9:28: steps[0].execute: expected one of "qmp_capabilities",`,
  ],
  ["{ on: source, execute: quit }", `:9:28: steps[0].execute: expected one of`],
  [
    "{ on: source, execute: migrate, arguments: { url: a } }",
    ":9:48: steps[0].arguments: Parameter 'uri' is missing",
  ],
  [
    "{ on: source, execute: migrate }",
    ":9:5: steps[0].arguments: Parameter 'uri' is missing",
  ],
  ["{ on: source, wait-for-status: done }", `:9:36: steps[0].wait-for-status: expected one of`],
  [
    "{ on: source, wait-for-status: active, timeout: 5 minutes }",
    ":9:53: steps[0].timeout: expected",
  ],
  ["{ wait: soon }", `:9:13: steps[0].wait: expected a time of 0 to 3600s`],
  ["{ wait: 1s, when: { link: a } }", ":9:25: steps[0].when.link: expected no ${axis}"],
  ["{ connect-phase: -1 }", ":9:22: steps[0].connect-phase: expected at least 0, received -1"],
  ["{ shim: [{ role: main, netem: slow }] }", ":9:35: steps[0].shim[0].netem: expected"],
];

for (const [step, message] of REFUSED_STEPS) {
  Deno.test(`parseScenario() refuses the step ${step}`, () => {
    const text = scenarioYaml({ steps: stepsYaml(step) });
    assertThrows(() => parseScenario(text, "x.yaml"), ScenarioError, message);
  });
}

/** A threshold or meaning, and what the error says. */
const REFUSED_EXPRESSIONS: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
  [
    { thresholds: "\n  real:\n    - downtim-ms < 3" },
    `:11:7: thresholds.real[0]: expected a metric, a number or max(, received "downtim-ms"`,
  ],
  [
    { thresholds: "\n  real:\n    - downtime-ms[delay=1] <" },
    ":11:29: thresholds.real[0]: expected a metric, a number or max(, received the end",
  ],
  [
    { thresholds: '\n  virtual: ["floor.stream-mib-per-s > 1"]' },
    `thresholds.virtual[0]: expected a metric of the virtual clock, received "floor.stream-mib-per-s"`,
  ],
  [
    { thresholds: "\n  real: [downtime-ms < 3]", arms: "{ delay: [1, 2] }" },
    ":10:10: thresholds.real[0]: expected one arm, received 2: say which delay",
  ],
  [{ thresholds: "{ reel: [] }" }, `:9:15: thresholds.reel: expected one of real, virtual`],
  [{ meaning: '{ real: "took {downtime} ms" }' }, ":9:25: meaning.real: expected a metric"],
];

for (const [fields, message] of REFUSED_EXPRESSIONS) {
  Deno.test(`parseScenario() refuses ${JSON.stringify(fields)}`, () => {
    const text = scenarioYaml(fields);
    assertThrows(() => parseScenario(text, "x.yaml"), ScenarioError, message);
  });
}

Deno.test("parseScenario() spells the arms of thresholds out", () => {
  const text = scenarioYaml({
    arms: "{ delay: [1, 2] }",
    steps: stepsYaml(...ENTER_POSTCOPY, ...ARRIVE),
    thresholds: '\n  real: ["downtime-ms[delay=2] < 3"]',
  });
  const [threshold] = parseScenario(text, "x.yaml").thresholds.real;
  assertEquals(threshold?.value, {
    kind: "term",
    metric: "downtime-ms",
    selector: new Map([["scenario", "test/scenario"], ["delay", "2"]]),
  });
});

Deno.test("loadScenario() says that a file is not there", async () => {
  await assertRejects(() => loadScenario("/no/such.yaml"), ScenarioError, "/no/such.yaml");
});

for (const suite of ["preempt", "capacity"] as const) {
  Deno.test(`loadSuite() reads every scenario of ${suite}, each with a name of its own`, async () => {
    const scenarios = await loadSuite(suite);
    assertEquals(new Set(scenarios.map(({ name }) => name)).size, scenarios.length);
    for (const { thresholds, meaning } of scenarios) {
      assertEquals([meaning.real, meaning.virtual].includes(null), false);
      assertEquals(thresholds.virtual.length > 0, true);
    }
  });
}
