import { assert, assertEquals } from "@std/assert";
import { statusesOfSide } from "../../chaos/coverage.ts";
import { aimAt, AIMS } from "../../chaos/draw_aim.ts";
import { drawPlan } from "../../chaos/draw_plan.ts";
import { runExperiment } from "../../chaos/experiment.ts";
import { chooseOptions } from "../../chaos/options.ts";
import { PLAN } from "../../chaos/plan.ts";
import { drawSchedule } from "../../chaos/schedule.ts";
import { seedOfRun } from "../../chaos/seed.ts";
import { SeededRandom } from "../../lib/world/seeded_random.ts";

Deno.test("aims are statuses that their sides can have, each once", () => {
  for (const { side, status } of AIMS) assert(statusesOfSide(side).includes(status));
  assertEquals(new Set(AIMS.map(({ side, status }) => `${side} ${status}`)).size, AIMS.length);
});

for (const aim of AIMS) {
  const { side, status } = aim;
  Deno.test(`plans that aim at ${status} of the ${side} have faults strike in it`, async () => {
    let struck = 0;
    for (let run = 0; run < 8; run++) {
      const seed = seedOfRun(3n, run);
      const { faults: _, ...setting } = drawPlan(chooseOptions(seed));
      const plan = aimAt(aim, new SeededRandom(seed), setting);
      assertEquals(PLAN.parse(plan), plan);
      const { strikes } = await runExperiment({ plan, schedule: drawSchedule(seed, "mixed") });
      struck += strikes.filter(({ hit, statuses }) => hit && statuses[side] === status).length;
    }
    assert(struck >= 4, `only ${struck} in 8 runs`);
  });
}
