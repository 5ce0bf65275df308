/**
 * vCPUs in virtual time.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { startVirtualVcpus } from "../../lib/world/virtual/virtual_vcpus.ts";
import { Simulation } from "../../lib/world/virtual/simulation.ts";
import { prepare, VCPU_CLAUSES, type VcpuBed, type VcpuClause } from "../ram/vcpus_contract.ts";

/** Runs a clause in a simulation of its own; the simulation's trace. */
async function runClause(
  clause: VcpuClause,
  drain: "direct" | "set-immediate",
): Promise<string> {
  const simulation = new Simulation({ seed: 1, drain });
  const parts = prepare(clause);
  const engine = simulation.world("engine");
  const vcpuWorlds = Array.from(
    { length: parts.spec.vcpus },
    (_, vcpu) => simulation.world(`vcpu ${vcpu}`, { charged: false }),
  );
  const outcome = await simulation.run(async () => {
    const vcpus = startVirtualVcpus({ ...parts, engine, vcpuWorlds });
    const bed: VcpuBed = {
      ...parts,
      vcpus,
      sleep: (us) => engine.clock.sleep(us),
      spawn: (name, thread) => engine.mainLoop.spawn(name, thread),
    };
    await clause.body(bed);
    await vcpus.close();
  });
  assertEquals(outcome.kind, "returned");
  return simulation.traceHash;
}

for (const clause of VCPU_CLAUSES) {
  Deno.test(`virtual vCPUs: ${clause.name}`, async () => {
    await runClause(clause, "direct");
  });
}

Deno.test("virtual vCPUs take the same steps in every run, however they are drained", async () => {
  for (const clause of VCPU_CLAUSES) {
    const trace = await runClause(clause, "direct");
    assertEquals(await runClause(clause, "direct"), trace);
    assertEquals(await runClause(clause, "set-immediate"), trace);
  }
});
