import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { decodeChoices, encodeChoices } from "../../chaos/choices.ts";
import { type Experiment, experimentOf } from "../../chaos/experiment.ts";
import type { FaultName } from "../../chaos/faults/fault_table.ts";
import { pagesOf } from "../../chaos/setting.ts";
import { seedOfRun } from "../../chaos/seed.ts";
import { shrink, type Shrunk } from "../../chaos/shrink/shrink.ts";
import { shrinkChoices } from "../../chaos/shrink/shrink_choices.ts";
import { shrinkFaults } from "../../chaos/shrink/shrink_faults.ts";
import { isNewPlan, simplerSteps } from "../../chaos/shrink/simpler_plans.ts";
import { Trier } from "../../chaos/shrink/trier.ts";

/** A plan with many faults. */
function largeExperiment(): Experiment {
  for (let run = 0;; run++) {
    const experiment = experimentOf(seedOfRun(4n, run), "random");
    const kinds = new Set(experiment.plan.faults.map(({ kind }) => kind));
    if (kinds.size >= 5) return experiment;
  }
}

const LARGE = largeExperiment();

function kindsOf({ plan }: Experiment): FaultName[] {
  return plan.faults.map(({ kind }) => kind);
}

function trierFor(breaks: (experiment: Experiment) => boolean, triesMax = Infinity): Trier {
  let left = triesMax;
  return new Trier({ breaks: (one) => Promise.resolve(breaks(one)), mayTry: () => left-- > 0 });
}

Deno.test("shrinkFaults() keeps exactly the faults that a failure needs", async () => {
  const faults = LARGE.plan.faults.map((_, index) => index);
  await fc.assert(fc.asyncProperty(fc.subarray(faults), async (needed) => {
    const parts = needed.map((index) => LARGE.plan.faults[index]!);
    const trier = trierFor(({ plan }) => parts.every((part) => plan.faults.includes(part)));
    assertEquals((await shrinkFaults(LARGE, trier)).plan.faults, parts);
  }));
});

Deno.test("shrinkFaults() leaves no fault that can go, whatever a failure depends on", async () => {
  await fc.assert(fc.asyncProperty(fc.func(fc.boolean()), async (chance) => {
    const breaks = (one: Experiment) =>
      one.plan.faults === LARGE.plan.faults || chance(kindsOf(one)) as boolean;
    const { plan } = await shrinkFaults(LARGE, trierFor(breaks));
    for (const index of plan.faults.keys()) {
      assertEquals(
        breaks({ ...LARGE, plan: { ...plan, faults: plan.faults.toSpliced(index, 1) } }),
        false,
      );
    }
  }));
});

Deno.test("shrinkChoices() keeps exactly the choices that a failure needs", async () => {
  const choices = fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 200 });
  await fc.assert(fc.asyncProperty(choices, fc.nat(), async (found, which) => {
    const others = found.flatMap((choice, at) => choice === 0 ? [] : [at]);
    const needed = others.length === 0 ? undefined : others[which % others.length];
    const trier = trierFor(({ schedule }) => {
      const made = schedule.kind === "recorded" ? decodeChoices(schedule.choices) : [];
      return needed === undefined || (made[needed] ?? 0) === found[needed];
    });
    const shrunk = await shrinkChoices(LARGE.plan, found, trier);
    const expected = found.map((choice, at) => at === needed ? choice : 0);
    assertEquals(shrunk.choices, expected);
    const { schedule } = shrunk.experiment;
    assertEquals(
      schedule.kind === "recorded" ? schedule.choices : encodeChoices([]),
      encodeChoices(expected),
    );
  }));
});

Deno.test("every step to a simpler plan makes one that can be kept, or none", () => {
  for (let run = 0; run < 50; run++) {
    const { plan } = experimentOf(seedOfRun(5n, run), "random");
    let taken = 0;
    for (const step of simplerSteps(plan)) taken += isNewPlan(step(plan), plan) ? 1 : 0;
    assert(taken > 5, `${taken}`);
  }
});

/** Shrinks with a statement about plans in place of an oracle. */
function shrinkFor(breaks: (experiment: Experiment) => boolean): Promise<Shrunk> {
  return shrink(LARGE, { breaks: (one) => Promise.resolve(breaks(one)), hasTime: () => true });
}

Deno.test("shrink() ends with the fewest faults, a small guest, round numbers and a simple schedule", async () => {
  const [kind] = kindsOf(LARGE);
  const { experiment, minimal, tries, otherChoices } = await shrinkFor((one) =>
    kindsOf(one).includes(kind!) && pagesOf(one.plan) >= 8
  );
  assertEquals(kindsOf(experiment), [kind]);
  assertEquals([minimal, otherChoices, experiment.schedule.kind], [true, 0, "fifo"]);
  assertEquals(experiment.plan.blocks, [{ name: "ram", pages: 8 }]);
  assertEquals(experiment.plan.guest.vcpus, 1);
  const { reactionUs, patienceUs } = experiment.plan.operator;
  for (const value of [reactionUs, patienceUs]) assertEquals(Number(value.toPrecision(1)), value);
  assert(tries > 10 && tries < 1000, `${tries}`);
});

Deno.test("shrink() keeps its promises whatever a failure depends on, and however little time there is", async () => {
  const chances = fc.func(fc.integer({ min: 0, max: 3 }));
  const budgets = fc.oneof(fc.nat({ max: 60 }), fc.constant(Infinity));
  await fc.assert(
    fc.asyncProperty(chances, budgets, async (chance, budget) => {
      const breaks = ({ plan }: Experiment) =>
        plan.faults.length === LARGE.plan.faults.length ||
        chance(plan.faults.map(({ kind }) => kind)) === 0;
      let tries = 0;
      const { experiment, minimal } = await shrink(LARGE, {
        breaks: (one) => {
          tries++;
          return Promise.resolve(breaks(one));
        },
        hasTime: (share) => tries < share * budget,
      });
      assert(tries <= Math.ceil(budget), `${tries} tries, time for ${budget}`);
      assert(breaks(experiment), "what came out does not break the oracle");
      if (budget === Infinity) assert(minimal, "there was time for every fault");
      if (!minimal) return;
      const { plan } = experiment;
      for (const index of plan.faults.keys()) {
        const fewer = { ...plan, faults: plan.faults.toSpliced(index, 1) };
        assert(!breaks({ ...experiment, plan: fewer }), `fault ${index} can go`);
      }
    }),
    { numRuns: 40 },
  );
});

Deno.test("shrink() says so where the time was over before each fault was tried", async () => {
  let tries = 0;
  const { minimal } = await shrink(LARGE, {
    breaks: () => Promise.resolve(true),
    hasTime: () => tries++ < 1,
  });
  assertEquals(minimal, false);
});
