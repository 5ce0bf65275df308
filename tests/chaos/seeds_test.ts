import { assertEquals, assertNotEquals } from "@std/assert";
import { experimentOf, runExperiment } from "../../chaos/experiment.ts";
import type { History } from "../../chaos/history.ts";
import { judge } from "../../chaos/judge.ts";
import { parseSeed, seedOfRun } from "../../chaos/seed.ts";

/** Runs a seed as a campaign does: options, plan and schedule all come from it. */
function runSeed(seed: bigint): Promise<History> {
  return runExperiment(experimentOf(seed, "mixed"));
}

Deno.test("every oracle holds over 150 seeds", async () => {
  const base = parseSeed("20261123");
  let hits = 0;
  for (let run = 0; run < 150; run++) {
    const seed = seedOfRun(base, run);
    const history = await runSeed(seed);
    assertEquals({ seed, ...judge(history) }, { seed, kind: "holds" });
    hits += history.strikes.filter(({ hit }) => hit).length;
  }
  assertNotEquals(hits, 0, "no fault of any plan had an effect");
});

Deno.test("a seed gives the same trace hash every time, and another seed another one", async () => {
  const [one, other] = [seedOfRun(1n, 0), seedOfRun(1n, 1)];
  assertEquals((await runSeed(one)).traceHash, (await runSeed(one)).traceHash);
  assertNotEquals((await runSeed(one)).traceHash, (await runSeed(other)).traceHash);
});

Deno.test("judge() tells of an engine that threw, and never passes what an oracle cannot read", async () => {
  const history = await runSeed(seedOfRun(1n, 0));
  assertEquals(judge({ ...history, crash: "InvariantError: planted" }).kind, "violated");
  const unreadable = { ...history, samples: null } as unknown as History;
  assertNotEquals(judge(unreadable).kind, "holds");
});
