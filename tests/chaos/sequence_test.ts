import { assert, assertEquals } from "@std/assert";
import { experimentOf, runExperiment } from "../../chaos/experiment.ts";
import { sequenceOf } from "../../chaos/sequence.ts";

Deno.test("sequenceOf() tells a run in order, and what it leaves out it counts", async () => {
  for (const seed of [1n, 2n, 3n, 4n]) {
    const history = await runExperiment(experimentOf(seed, "fifo"));
    const { steps, leftOut, faults } = sequenceOf(history, Infinity);
    assertEquals(
      steps.map(({ atUs }) => atUs),
      steps.map(({ atUs }) => atUs).toSorted((a, b) => a - b),
    );
    assertEquals(faults.length, history.plan.faults.length);
    assertEquals(steps.at(-1)?.text, "every engine has ended");
    assertEquals(
      sequenceOf(history, Infinity).steps.length + leftOut,
      sequenceOf(history, 0).steps.length + sequenceOf(history, 0).leftOut,
    );
    const statuses = steps.filter(({ kind }) => kind === "status").length;
    assert(
      statuses <= history.statuses.length && (leftOut > 0 || statuses === history.statuses.length),
    );
  }
});
