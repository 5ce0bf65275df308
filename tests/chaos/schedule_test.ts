import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { encodeChoices } from "../../chaos/choices.ts";
import { experimentOf, runExperiment } from "../../chaos/experiment.ts";
import { runPlan } from "../../chaos/run.ts";
import {
  drawSchedule,
  makeSchedule,
  recordChoices,
  type ScheduleSpec,
  STRATEGIES,
} from "../../chaos/schedule.ts";
import { seedOfRun } from "../../chaos/seed.ts";

const SEEDS = [0, 1, 2].map((run) => seedOfRun(3n, run));

for (const strategy of STRATEGIES) {
  Deno.test(`a run under strategy ${strategy} is repeated by its recorded choices`, async () => {
    for (const seed of SEEDS) {
      const { plan, schedule } = experimentOf(seed, strategy);
      const recorded = recordChoices(makeSchedule(schedule, plan.yieldsWhenReady));
      const { traceHash } = await runPlan(plan, recorded);
      const choices = encodeChoices(recorded.choices);
      const again = await runExperiment({ plan, schedule: { kind: "recorded", choices } });
      assertEquals(again.traceHash, traceHash);
    }
  });
}

Deno.test("strategies take different steps through the same plan", async () => {
  const hashes = await Promise.all(STRATEGIES.map(async (strategy) => {
    const { plan } = experimentOf(SEEDS[0]!, strategy);
    return (await runExperiment({ plan, schedule: drawSchedule(SEEDS[0]!, strategy) })).traceHash;
  }));
  assert(new Set(hashes).size >= 3, hashes.join());
});

/** Which task of `tasks` that are always runnable goes at each of `count` choices. */
function play(spec: ScheduleSpec, tasks: number, count: number): number[] {
  const schedule = makeSchedule(spec, false);
  return Array.from({ length: count }, () => schedule.choose(tasks, (index) => index));
}

const PCT = { kind: "pct", seed: "1", depth: 3, choices: 300 } as const;

Deno.test("pct lets the same task go on but for its changes of priority and the bound on unfairness", () => {
  const chosen = play(PCT, 4, 300);
  const goesMost = Math.max(...[0, 1, 2, 3].map((task) => chosen.filter((t) => t === task).length));
  assert(goesMost > 150, `${goesMost}`);
  assertEquals(new Set(chosen).size, 4);
  assertNotEquals(chosen, play({ ...PCT, seed: "2" }, 4, 300));
});

Deno.test("pct passes no task over for long", () => {
  const chosen = play(PCT, 5, 1000);
  for (const task of [0, 1, 2, 3, 4]) {
    const times = chosen.flatMap((one, at) => one === task ? [at] : []);
    const gaps = times.map((at, index) => at - (times[index - 1] ?? 0));
    assert(Math.max(...gaps) <= 60, `task ${task} waited for ${Math.max(...gaps)} choices`);
  }
});

Deno.test("a recorded schedule goes to the first where it does not fit, and behind its end", () => {
  const choices = encodeChoices([1, 9, 1]);
  assertEquals(play({ kind: "recorded", choices }, 3, 5), [1, 0, 1, 0, 0]);
});
