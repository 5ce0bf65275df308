import { assertEquals } from "@std/assert";
import { parseScenario } from "../../bench/load_scenario.ts";
import { renderEnvironment } from "../../bench/render_environment.ts";
import { renderScenario } from "../../bench/render_scenario.ts";
import { judgeThreshold } from "../../bench/threshold.ts";
import { colorsFor } from "../../lib/report/colors.ts";
import type { Result } from "../../lib/report/result.ts";
import { runOf } from "./runs.ts";
import { scenarioYaml } from "./scenario_yaml.ts";

const PLAIN = colorsFor({ isTerminal: false, noColor: undefined });

const SCENARIO = parseScenario(
  scenarioYaml({
    arms: "{ delay: [0, 250] }",
    show: "[downtime-ms, floor.round-trip-p50-us]",
    meaning: '\n  real: "It took {downtime-ms[delay=250]} ms."',
    thresholds: '\n  real: ["downtime-ms[delay=0] < 3", "downtime-ms[delay=250] < 3"]',
  }),
  "x.yaml",
);

const RUNS = [
  runOf("test/scenario", { delay: 0 }, { "downtime-ms": 2 }),
  runOf("test/scenario", { delay: 250 }, { "downtime-ms": 252.3 }),
];

Deno.test("renderScenario() shows question, table, meaning and what does not hold", () => {
  const judgements = SCENARIO.thresholds.real.map((threshold) => judgeThreshold(threshold, RUNS));
  const report = { scenario: SCENARIO, runs: RUNS, judgements };
  assertEquals(renderScenario(report, "real", PLAIN).split("\n"), [
    "test/scenario: What happens?",
    "",
    "                         floor.",
    "                    round-trip-",
    "delay  downtime-ms       p50-us  guest",
    "0                2            -  destination",
    "250            252            -  destination",
    "",
    "It took 252 ms.",
    "",
    "fail  downtime-ms[scenario=test/scenario, delay=250] < 3: value 252, limit 3, 83 limits beyond",
    "RAM identical after 2 of 2 runs; 1 of 2 thresholds hold.",
    "Nearest to its limit: downtime-ms[scenario=test/scenario, delay=0] < 3: value 2, limit 3, 33 % left.",
  ]);
});

Deno.test("renderScenario() says how far several runs are apart", () => {
  const runs = [RUNS[0]!, runOf("test/scenario", { delay: 0 }, { "downtime-ms": 4 }), RUNS[1]!];
  const report = { scenario: SCENARIO, runs, judgements: [] };
  assertEquals(renderScenario(report, "virtual", PLAIN).split("\n").slice(2), [
    "delay  downtime-ms  guest",
    "0                3  destination",
    "              2..4",
    "250            252  destination",
    "",
    "RAM identical after 3 of 3 runs. Figures are medians; where runs differ, the least and the greatest stand below.",
  ]);
});

Deno.test("renderScenario() leaves out what virtual time does not measure", () => {
  const report = { scenario: SCENARIO, runs: RUNS, judgements: [] };
  assertEquals(renderScenario(report, "virtual", PLAIN).split("\n").slice(2), [
    "delay  downtime-ms  guest",
    "0                2  destination",
    "250            252  destination",
    "",
    "RAM identical after 2 of 2 runs.",
  ]);
});

Deno.test("renderScenario() tells of each run that failed", () => {
  const failed = { ...RUNS[0]!, failure: "step 1: waited" };
  const report = { scenario: SCENARIO, runs: [failed], judgements: [] };
  const lines = renderScenario(report, "virtual", PLAIN).split("\n");
  assertEquals(lines.at(-2), "fail  test/scenario [delay=0]: step 1: waited");
});

Deno.test("renderEnvironment() tells what real figures rest on, the shim's error among it", () => {
  const result: Result = {
    schema: "faultline/result/1",
    commit: "unknown",
    environment: { os: "linux 6.18", cpus: 2 },
    clock: "real",
    seed: 1,
    runs: [
      runOf("s", {}, { "floor.stream-mib-per-s": 1500, "shim.connect-error-p99-ms": 0.3 }),
      runOf("s", {}, { "floor.stream-mib-per-s": 1500, "shim.connect-error-p99-ms": 0.1 }),
    ],
    thresholds: [],
    verdict: "pass",
  };
  assertEquals(
    renderEnvironment(result).replaceAll("\n", " "),
    "Measured in real time: os linux 6.18, cpus 2. Floors: sockets stream 1500 MiB/s, a round trip " +
      "takes ? us, an idle loop stands still for ? ms. The shim's connects were off by 0.2 ms at " +
      "p99, at most 0.3 ms.",
  );
  assertEquals(
    renderEnvironment({ ...result, clock: "virtual", environment: { "link.latency-us": 30 } }),
    "Measured in virtual time: link.latency-us 30.",
  );
});
