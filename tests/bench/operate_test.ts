import { assertEquals, assertStringIncludes } from "@std/assert";
import { parseScenario } from "../../bench/load_scenario.ts";
import { runVirtual } from "../../bench/run_virtual.ts";
import { type Metrics, metricsOfRun } from "../../bench/metrics_of_run.ts";
import type { RunOptions } from "../../bench/pair_options.ts";
import type { ArmRun } from "../../bench/run_on_pair.ts";
import { ARRIVE, ENTER_POSTCOPY, scenarioYaml, stepsYaml } from "./scenario_yaml.ts";

/** Runs a scenario's only arm in virtual time. */
async function run(
  fields: Readonly<Record<string, string>>,
  options: Partial<RunOptions> = {},
): Promise<ArmRun & { readonly metrics: Metrics }> {
  const [arm] = parseScenario(scenarioYaml(fields), "x.yaml").arms;
  const run = await runVirtual(arm!, {
    seed: 1,
    signal: new AbortController().signal,
    log: () => {},
    ...options,
  });
  return { ...run!, metrics: metricsOfRun(run!.record, null) };
}

/** Why a scenario with these steps failed. */
const failureOf = async (...steps: readonly string[]) =>
  (await run({ steps: stepsYaml(...steps) })).failure;

const RECOVER = [
  `{ on: destination, execute: migrate-recover, arguments: { uri: "{migration-address}" } }`,
  `{ on: source, execute: migrate, arguments: { uri: "{migration-address}", resume: true } }`,
];
const PAUSE = [
  "{ on: source, execute: migrate-pause }",
  "{ on: source, wait-for-status: postcopy-paused }",
  "{ on: destination, wait-for-status: postcopy-paused }",
];

Deno.test("operate() carries a migration out, and the run says what came of it", async () => {
  const { outcome, failure, metrics } = await run({
    steps: stepsYaml(...ENTER_POSTCOPY, ...ARRIVE),
  });
  assertEquals(failure, null);
  assertEquals(outcome, {
    source: "completed",
    destination: "completed",
    ram: "identical",
    guest: "destination",
  });
  assertEquals(metrics["downtime-ms"]! > 0 && metrics["postcopy.start-to-active-ms"]! > 0, true);
});

Deno.test("operate() gives each connect phase an address of its own", async () => {
  const { failure, record } = await run({
    steps: stepsYaml(
      ...ENTER_POSTCOPY,
      ...PAUSE,
      "{ connect-phase: 1 }",
      ...RECOVER,
      "{ on: source, wait-for-status: postcopy-active }",
      ...PAUSE,
      "{ connect-phase: 2 }",
      ...RECOVER,
      ...ARRIVE,
    ),
  });
  assertEquals(failure, null);
  assertEquals(record.commands.filter(({ resumes }) => resumes).length, 2);
});

Deno.test("operate() looks for a status behind the one that the last wait found", async () => {
  assertEquals(
    await failureOf(
      ...ENTER_POSTCOPY,
      "{ on: source, wait-for-status: active, timeout: 1s }",
    ),
    "step 6: waited for active on the source, which is in completed",
  );
});

Deno.test("operate() says what it waited for, how long, and what it found", async () => {
  assertEquals(
    await failureOf("{ on: source, wait-for-status: active, timeout: 2s }"),
    "step 1: waited 2s for active on the source, which is in none",
  );
  assertEquals(
    await failureOf("{ wait-for-page-requests: 3, timeout: 1s }"),
    "step 1: waited 1s for 3 page requests, of which 0 came",
  );
  assertEquals(
    await failureOf("{ on: destination, wait-for-event: STOP, timeout: 10ms }"),
    "step 1: waited 10ms for the event STOP of the destination",
  );
});

Deno.test("operate() does not wait for what cannot come any more", async () => {
  const { failure, outcome } = await run({
    shim: "[{ role: preempt, netem: connect refuse }]",
    steps: stepsYaml(...ENTER_POSTCOPY),
  });
  const expected = "step 5: waited for postcopy-active on the source, which is in failed (";
  assertStringIncludes(failure ?? "", expected);
  assertEquals([outcome.source, outcome.guest, outcome.ram], ["failed", "source", "identical"]);
});

Deno.test("operate() ends with the step that is refused, in the server's words", async () => {
  assertEquals(
    await failureOf("{ on: source, execute: migrate-start-postcopy }"),
    "step 1: refused: Start the migration before switching to postcopy",
  );
});

Deno.test("operate() waits for time, events and page requests", async () => {
  const { failure, metrics } = await run({
    steps: stepsYaml(
      ...ENTER_POSTCOPY,
      "{ wait-for-page-requests: 5 }",
      "{ on: destination, wait-for-event: RESUME }",
      "{ wait: 20ms }",
      ...ARRIVE,
    ),
  });
  assertEquals(failure, null);
  assertEquals(metrics["page-request.count"]! >= 5, true);
});

Deno.test("operate() replaces the shim while channels are open", async () => {
  const delayed = await run({
    shim: "[{ role: preempt, netem: delay 40ms }]",
    steps: stepsYaml(...ENTER_POSTCOPY, "{ shim: [] }", "{ wait: 100ms }", ...ARRIVE),
  });
  assertEquals(delayed.failure, null);
  assertEquals(delayed.metrics["page-request.latency-p50-us"]! < 20_000, true);
});

Deno.test("an engine that owes an answer for too long is given up, and nobody knows where the guest is", async () => {
  const { failure, outcome } = await run({
    parameters: "{ max-bandwidth: 2000000, x-preempt-connect: blocking }",
    shim: "[{ role: preempt, netem: connect hang }]",
    steps: stepsYaml(...ENTER_POSTCOPY.slice(0, 2), "{ wait: 10ms }", ...ENTER_POSTCOPY.slice(3)),
  }, { answerTimeoutUs: 2_000_000 });
  const silence = "did not answer migrate-start-postcopy within 2s";
  assertEquals(failure, `step 4: The server ${silence}; the source ${silence}`);
  assertEquals([outcome.guest, outcome.ram], ["unknown", "incomplete"]);
});
