import { assertEquals } from "@std/assert";
import { parseScenario } from "../../bench/load_scenario.ts";
import { Progress } from "../../bench/progress.ts";
import { jobsOf } from "../../bench/run_suite.ts";
import { scenarioYaml } from "./scenario_yaml.ts";

const SCENARIO = parseScenario(scenarioYaml({ arms: "{ delay: [0, 250] }" }), "x.yaml");
const JOBS = jobsOf([SCENARIO], { runs: 1, seed: 3 });

/** What progress over two jobs writes. */
function progressOver(isTerminal: boolean): string {
  let written = "";
  const progress = new Progress(2, { isTerminal, write: (text) => void (written += text) });
  for (const job of JOBS) progress.begin(job, "measurement");
  progress.clear();
  return written;
}

Deno.test("Progress writes one line over and over on a terminal, and takes it away", () => {
  assertEquals(
    progressOver(true),
    "\r\x1b[K[1/2] test/scenario delay=0 (seed 3)" +
      "\r\x1b[K[2/2] test/scenario delay=250 (seed 3)\r\x1b[K",
  );
});

Deno.test("Progress writes a line for each scenario elsewhere", () => {
  assertEquals(progressOver(false), "[1/2] test/scenario\n");
});
