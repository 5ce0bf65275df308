import { assert, assertEquals } from "@std/assert";
import { FAULT, type Fault, FAULT_NAMES } from "../../chaos/faults/fault_table.ts";
import { judge } from "../../chaos/judge.ts";
import type { History } from "../../chaos/history.ts";
import { runPlan } from "../../chaos/run.ts";
import { FIFO } from "../../lib/world/virtual/schedule.ts";
import { CALM } from "./calm_plan.ts";
import { EVIDENCE } from "./fault_evidence.ts";

function runWith(faults: readonly Fault[]): Promise<History> {
  return runPlan({ ...CALM, faults }, FIFO);
}

Deno.test("a fault that waits for a migration's end strikes before everything heals", async () => {
  for (const afterUs of [0, 3000]) {
    const when = { on: "status", side: "source", status: "completed", nth: 1, afterUs } as const;
    const { strikes, milestones } = await runWith([
      { kind: "operator-cancels", when, times: 1, gapUs: 0 },
    ]);
    assertEquals(strikes.map(({ hit, statuses }) => [hit, statuses.source]), [[true, "completed"]]);
    assert(strikes[0]!.timeUs <= milestones.healedUs!);
  }
});

for (const kind of FAULT_NAMES) {
  Deno.test(`fault ${kind} does what it says, and heals`, async () => {
    const { when, with: parameters, shows } = EVIDENCE[kind];
    const fault = { kind, when, ...parameters } as Fault;
    assertEquals(FAULT.parse(fault), fault);
    const [calm, struck] = [await runWith([]), await runWith([fault])];
    assertEquals(calm.strikes, []);
    assertEquals(struck.strikes.map(({ index, hit }) => [index, hit]), [[0, true]]);
    const showsIt = shows as (struck: History, calm: History) => boolean;
    assert(showsIt(struck, calm), "the run with the fault does not show it");
    assert(struck.milestones.settledUs !== null, "the migration has not come to an end");
    assertEquals(judge(struck), { kind: "holds" });
  });
}
