import { assert, assertEquals } from "@std/assert";
import { experimentOf, runExperiment, withChoices } from "../../chaos/experiment.ts";
import { explore } from "../../chaos/explore.ts";
import { pagesOf } from "../../chaos/setting.ts";
import { seedOfRun } from "../../chaos/seed.ts";
import { drawTinyPlan } from "../../chaos/tiny_plan.ts";

Deno.test("tiny plans have 2 to 4 pages, at most 2 vCPUs and one fault", () => {
  for (let run = 0; run < 100; run++) {
    const plan = drawTinyPlan(seedOfRun(1n, run));
    assert(pagesOf(plan) >= 2 && pagesOf(plan) <= 4);
    assert(plan.guest.vcpus <= 2);
    assertEquals(plan.faults.length, 1);
  }
});

Deno.test("explore() makes every schedule within its bound once, and each can be run again", async () => {
  const plan = drawTinyPlan(seedOfRun(8n, 0));
  const seen = new Set<string>();
  let first = 0;
  let runs = 0;
  let ways = 0;
  for await (const { history, choices } of explore(plan, 1)) {
    const others = choices.filter((choice) => choice !== 0).length;
    assertEquals(others, runs === 0 ? 0 : 1);
    if (runs === 0) {
      first = choices.length;
      await runExperiment({ plan, schedule: { kind: "fifo" } }).then(({ traceHash }) =>
        assertEquals(traceHash, history.traceHash)
      );
    }
    seen.add(JSON.stringify(choices));
    ways = Math.max(ways, choices.findIndex((choice) => choice !== 0) + 1);
    if (runs % 200 === 7) {
      const again = await runExperiment(withChoices(plan, choices));
      assertEquals(again.traceHash, history.traceHash);
    }
    runs++;
  }
  assertEquals(seen.size, runs);
  assertEquals(ways, first, "the last choice goes another way too");
  assert(runs > first, `${runs} schedules of ${first} choices`);
});

Deno.test("explore() without deviations is one run", async () => {
  const plan = experimentOf(seedOfRun(1n, 1), "fifo").plan;
  let runs = 0;
  for await (const _ of explore(plan, 0)) runs++;
  assertEquals(runs, 1);
});
