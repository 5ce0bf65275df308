/**
 * Pairs of two checkouts of this repository, by real processes.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { Checkouts } from "../../../bench/compare/checkouts.ts";
import { CompareError } from "../../../bench/compare/compare_error.ts";
import { PairMaker } from "../../../bench/compare/pair_maker.ts";
import { TURNS_PROCESS } from "../../../bench/compare/warm_revision.ts";
import { ARRIVE, ENTER_POSTCOPY, scenarioYaml, stepsYaml } from "../scenario_yaml.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;

const MIGRATION = `${
  scenarioYaml({
    capabilities: "\n  postcopy-ram: true\n  postcopy-preempt: true",
    steps: stepsYaml(...ENTER_POSTCOPY, ...ARRIVE),
    show: "[page-request.latency-p10-us, downtime-ms]",
  })
}warm-up: { for: 1ms }\n`;

/** Lends two checkouts and the options that run one short scenario. */
async function withCheckouts(
  test: (checkouts: Checkouts, what: readonly string[]) => Promise<void>,
): Promise<void> {
  await using checkouts = await Checkouts.open(ROOT, { base: "HEAD", head: "HEAD" });
  const file = `${checkouts.folder}/x.yaml`;
  await Deno.writeTextFile(file, MIGRATION);
  await test(checkouts, ["--scenario", file]);
}

Deno.test("PairMaker takes turns of two warm processes, with the figures that the scenario shows", async () => {
  await withCheckouts(async (checkouts, what) => {
    const { signal } = new AbortController();
    await using maker = await PairMaker.open(checkouts, { what, signal });
    assertEquals(maker.notes, []);
    for (const number of [0, 1]) {
      const pair = await maker.make(number);
      for (const [run] of [pair!.base, pair!.head]) {
        assertEquals(Object.keys(run!.metrics), ["page-request.latency-p10-us"]);
        assertEquals([run!.outcome.ram, run!.failure], ["identical", undefined]);
      }
    }
  });
});

Deno.test("PairMaker runs both by their command lines where one is older than turns", async () => {
  await withCheckouts(async (checkouts, what) => {
    await Deno.remove(`${checkouts.base.folder}/${TURNS_PROCESS}`);
    const { signal } = new AbortController();
    await using maker = await PairMaker.open(checkouts, { what, signal });
    assert(maker.notes[0]!.startsWith("One of the two is older"));
    const pair = await maker.make(0);
    for (const [run] of [pair!.base, pair!.head]) {
      assertEquals(Object.keys(run!.metrics), ["page-request.latency-p10-us"]);
    }
  });
});

Deno.test("PairMaker says what a process said that ended, and ends the other one", async () => {
  await withCheckouts(async (checkouts, what) => {
    await Deno.writeTextFile(`${checkouts.head.folder}/bench/run_suite.ts`, "nonsense");
    const { signal } = new AbortController();
    await using maker = await PairMaker.open(checkouts, { what, signal });
    const error = await assertRejects(() => maker.make(0), CompareError);
    assert(
      /the bench of HEAD \([0-9a-f]{12}\) measured nothing:\n.*run_suite/s.test(error.message),
    );
  });
});
