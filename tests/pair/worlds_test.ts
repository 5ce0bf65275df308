/**
 * One scenario, both worlds: a script that is written once goes through the same statuses on both sides, and ends with the same RAM.
 * Times differ, and so does which page was requested when, so neither is compared.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { crc32 } from "node:zlib";
import type { PairOptions } from "../../lib/pair/pair.ts";
import { openRealtimePair } from "../../lib/pair/realtime_pair.ts";
import { openVirtualPair, operatorWorld } from "../../lib/pair/virtual_pair.ts";
import type { MigrationStatus } from "../../lib/qapi/migration_status.ts";
import { PREEMPT_CONNECT_POLICIES } from "../../lib/qapi/parameters.ts";
import { readGuest } from "../../lib/ram/guest_spec.ts";
import { Simulation } from "../../lib/world/virtual/simulation.ts";
import { Operator, PAIR } from "./operator.ts";

type Script = (operator: Operator) => Promise<void>;

/** What a run leaves behind that must not depend on its world. */
interface Outcome {
  readonly source: readonly MigrationStatus[];
  readonly destination: readonly MigrationStatus[];
  /** Of each vCPU of the guest where it arrived. */
  readonly steps: readonly number[];
  /** CRC-32 of the RAM where the guest arrived. */
  readonly ram: number;
}

/** Some of whose writes are done before the switch, and some after it. */
const OPTIONS: PairOptions = {
  ...PAIR,
  guest: readGuest({ vcpus: 2, workload: "uniform", touches: 300, quota: 100 }),
};

async function runVirtual(script: Script): Promise<Outcome> {
  const simulation = new Simulation({ seed: OPTIONS.seed });
  let outcome: Outcome | null = null;
  await simulation.run(() =>
    operatorWorld(simulation).mainLoop.spawn("operator", async () => {
      const pair = await openVirtualPair(simulation, OPTIONS);
      outcome = await runScript(new Operator(pair), script);
      await pair.close();
    }).join()
  );
  return outcome!;
}

async function runRealtime(script: Script): Promise<Outcome> {
  const pair = await openRealtimePair(OPTIONS);
  try {
    return await runScript(new Operator(pair), script);
  } finally {
    await pair.close();
  }
}

async function runScript(operator: Operator, script: Script): Promise<Outcome> {
  await script(operator);
  await operator.reach("completed", "source", "destination");
  await operator.finishGuest("destination");
  const { destination } = operator.pair;
  assertEquals(await operator.pair.verifyRam("destination"), { verdict: "identical" });
  const { vcpus, violations } = await destination.qmp.execute("x-query-guest");
  assertEquals(violations, []);
  return {
    source: operator.statusesOf("source"),
    destination: operator.statusesOf("destination"),
    steps: vcpus.map(({ steps }) => steps),
    ram: crc32(destination.ram!.memory),
  };
}

Deno.test("a precopy migration has the same statuses and the same RAM in both worlds", async () => {
  const script: Script = async (operator) => {
    await operator.setCapabilities("return-path");
    await operator.migrate();
  };
  const outcome = await runVirtual(script);
  assertEquals(await runRealtime(script), outcome);
  assertEquals(outcome.source, ["setup", "active", "device", "completed"]);
  assertEquals(outcome.destination, ["setup", "active", "completed"]);
  assert(outcome.steps.every((steps) => steps >= 100));
});

for (const policy of PREEMPT_CONNECT_POLICIES) {
  Deno.test(`a recovered postcopy migration, policy ${policy}, has the same statuses and the same RAM in both worlds`, async () => {
    const script: Script = async (operator) => {
      await operator.preparePreempt(policy);
      await operator.enterPostcopy();
      await operator.pause();
      await operator.recover();
      await operator.reach("postcopy-active", "source", "destination");
      await operator.hurry();
    };
    const outcome = await runVirtual(script);
    assertEquals(await runRealtime(script), outcome);
    assertEquals(outcome.source, [
      "setup",
      "active",
      "device",
      "postcopy-active",
      "postcopy-paused",
      "postcopy-recover-setup",
      "postcopy-recover",
      "postcopy-active",
      "completed",
    ]);
    assertEquals(outcome.destination, [
      "setup",
      "active",
      "postcopy-active",
      "postcopy-paused",
      "postcopy-recover",
      "postcopy-active",
      "completed",
    ]);
  });
}
