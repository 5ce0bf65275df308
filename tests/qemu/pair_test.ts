/**
 * Pairs in which both sides are real QEMUs, under the bench's operator: what a user sees of them.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parseScenario } from "../../bench/load_scenario.ts";
import { metricsOfRun } from "../../bench/metrics_of_run.ts";
import { runReal } from "../../bench/run_real.ts";
import type { ArmRun } from "../../bench/run_on_pair.ts";
import type { RunOptions } from "../../bench/pair_options.ts";
import type { EngineChoices } from "../../lib/pair/pair.ts";
import { ARRIVE, ENTER_POSTCOPY, scenarioYaml, stepsYaml } from "../bench/scenario_yaml.ts";
import { testWithQemu } from "./test_with_qemu.ts";

const ANY_RELEASE = { need: "any-postcopy" } as const;

const QEMU = { kind: "qemu" } as const;
const BOTH: EngineChoices = { source: QEMU, destination: QEMU };

async function run(
  fields: Readonly<Record<string, string>>,
  { engines = BOTH, log = () => {}, answerTimeoutUs }: Partial<RunOptions> = {},
): Promise<ArmRun> {
  const [arm] = parseScenario(scenarioYaml({ ram: "8M", ...fields }), "test.yaml").arms;
  const { signal } = new AbortController();
  const made = await runReal(
    { ...arm!, parameters: { "max-bandwidth": 1_000_000, "max-postcopy-bandwidth": 8_000_000 } },
    { seed: 1, engines, signal, log, answerTimeoutUs },
  );
  return made!;
}

testWithQemu(
  "a guest that QEMU runs arrives in another QEMU whole, with its downtime",
  async () => {
    const made = await run({ steps: stepsYaml(...ENTER_POSTCOPY, ...ARRIVE) });
    assertEquals([made.failure, made.outcome], [null, {
      source: "completed",
      destination: "completed",
      ram: "identical",
      guest: "destination",
    }]);
    const metrics = metricsOfRun(made.record, null);
    const downtimeMs = metrics["downtime-ms"] ?? NaN;
    assert(downtimeMs > 0 && downtimeMs < 60_000, `a downtime of ${downtimeMs} ms`);
    assert(metrics["vcpu.blocked-ms"] !== undefined);
    assertEquals(metrics["page-request.count"], undefined);
    assertEquals(metrics["source.main-loop.longest-stall-ms"], undefined);
  },
  ANY_RELEASE,
);

testWithQemu(
  "the shim's delay reaches a QEMU's own connect, and its main loop does not wait",
  async () => {
    const made = await run({
      shim: "[{ role: preempt, netem: connect delay 700ms }]",
      steps: stepsYaml(...ENTER_POSTCOPY, ...ARRIVE),
    });
    assertEquals([made.failure, made.outcome.ram], [null, "identical"]);
    assert((metricsOfRun(made.record, null)["postcopy.start-to-active-ms"] ?? 0) > 300);
    const [main, preempt] = made.record.measurements.connects;
    assertEquals([main?.role, preempt?.role, preempt?.failure], ["main", "preempt", null]);
    // The gate opens so long after the connect was seen to wait, and not before.
    assert(preempt!.endUs! - preempt!.beginUs >= 700_000);
  },
  ANY_RELEASE,
);

testWithQemu(
  "a preempt connect that is refused at the start leaves the guest where it is",
  async () => {
    const made = await run({
      shim: "[{ role: preempt, netem: connect refuse }]",
      steps: stepsYaml(...ENTER_POSTCOPY.slice(0, 4), "{ on: source, wait-for-status: failed }"),
    });
    assertEquals([made.failure, made.outcome.source, made.outcome.guest, made.outcome.ram], [
      null,
      "failed",
      "source",
      "identical",
    ]);
  },
  ANY_RELEASE,
);

testWithQemu(
  "a QEMU that dies is a result: its signal is named, the guest is nowhere",
  async () => {
    const made = await runSignalled("SIGSEGV");
    assertStringIncludes(made.failure ?? "", "the destination was killed by SIGSEGV");
    assertEquals(made.outcome.guest, "none");
  },
  ANY_RELEASE,
);

testWithQemu(
  "a QEMU that lives and answers nothing is a result: what it owes is named, the guest is nobody knows where",
  async () => {
    const made = await runSignalled("SIGSTOP");
    assertStringIncludes(made.failure ?? "", "the destination did not answer query-");
    assertEquals([made.outcome.guest, made.outcome.ram], ["unknown", "incomplete"]);
  },
  ANY_RELEASE,
);

/** A run whose destination gets a signal in postcopy, as if it crashed or hung; its program says whom to send it. */
async function runSignalled(signal: Deno.Signal): Promise<ArmRun> {
  const folder = await Deno.makeTempDir({ prefix: "faultline-" });
  try {
    const program = `${folder}/qemu`;
    const script = '#!/bin/sh\necho $$ > "$0.pid"\nexec qemu-system-x86_64 "$@"\n';
    await Deno.writeTextFile(program, script, { mode: 0o755 });
    const last = "{ on: destination, wait-for-status: completed, timeout: 1s }";
    return await run({ steps: stepsYaml(...ENTER_POSTCOPY, last) }, {
      engines: { source: QEMU, destination: { kind: "qemu", program } },
      answerTimeoutUs: 1_000_000,
      log: (side, _, line) => {
        const isThere = side === "destination" && line.includes('"postcopy-active"');
        if (isThere) Deno.kill(Number(Deno.readTextFileSync(`${program}.pid`)), signal);
      },
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
