/**
 * Schedules: who goes next where several tasks can. Every one is made from data, and every choice is recorded, so that any run can be
 * repeated, and a schedule can be shrunk like a plan.
 *
 * - `fifo`: first in, first out.
 * - `random`: at each choice the first with the given share, else any.
 * - `pct`: probabilistic concurrency testing (Burckhardt et al., ASPLOS 2010). Every task has a random priority and the highest goes;
 *   at `depth - 1` random choices the one that would go falls behind all others. A bug that takes d orderings among n tasks in k
 *   choices is found with probability 1 / (n * k^(d-1)) at least, whatever the rest of the run looks like.
 * - `recorded`: the choices of an earlier run.
 *
 * @module
 */

import { z } from "zod";
import { unreachable } from "../lib/invariant.ts";
import { SeededRandom } from "../lib/world/seeded_random.ts";
import { FIFO, type Schedule } from "../lib/world/virtual/schedule.ts";
import type { Random } from "../lib/world/world.ts";
import { chance, magnitude, pick } from "./draw.ts";
import { decodeChoices } from "./choices.ts";

const SEED = z.string().regex(/^[0-9]{1,20}$/);

/** A schedule as data. */
export const SCHEDULE = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("fifo") }),
  z.strictObject({
    kind: z.literal("random"),
    seed: SEED,
    /** The share of choices that go to the first. */
    firstShare: z.number().min(0).max(1),
  }),
  z.strictObject({
    kind: z.literal("pct"),
    seed: SEED,
    depth: z.int().min(1).max(16),
    /** Over how many choices the changes of priority are spread. */
    choices: z.int().min(1).max(10_000_000),
  }),
  z.strictObject({
    kind: z.literal("recorded"),
    /** As `encodeChoices` writes them. */
    choices: z.string().max(64 * 1024),
  }),
]);

export type ScheduleSpec = Readonly<z.infer<typeof SCHEDULE>>;

/** How a campaign draws schedules. */
export const STRATEGIES = ["mixed", "random", "pct", "fifo"] as const;

export type Strategy = typeof STRATEGIES[number];

/** The schedule of a run of a campaign. */
export function drawSchedule(seed: bigint, strategy: Strategy): ScheduleSpec {
  const random = new SeededRandom(seed).fork("schedule");
  const kind = strategy === "mixed" ? pick(random, ["random", "random", "pct"] as const) : strategy;
  switch (kind) {
    case "fifo":
      return { kind };
    case "random":
      return { kind, seed: String(seed), firstShare: pick(random, [0, 0, 0.5, 0.9, 0.98]) };
    case "pct":
      return {
        kind,
        seed: String(seed),
        depth: 1 + random.integer(5),
        choices: magnitude(random, 100, 5000),
      };
    default:
      return unreachable(kind);
  }
}

/** Makes a schedule that can be used for one run. */
export function makeSchedule(spec: ScheduleSpec, yieldsWhenReady: boolean): Schedule {
  switch (spec.kind) {
    case "fifo":
      return { ...FIFO, yieldsWhenReady };
    case "random": {
      const random = new SeededRandom(BigInt(spec.seed)).fork("choices");
      const { firstShare } = spec;
      const choose = firstShare === 0
        ? (runnable: number) => random.integer(runnable)
        : (runnable: number) => chance(random, firstShare) ? 0 : random.integer(runnable);
      return { choose, yieldsWhenReady };
    }
    case "pct": {
      const random = new SeededRandom(BigInt(spec.seed)).fork("choices");
      const pct = new Priorities(random, spec.depth, spec.choices);
      return { choose: (runnable, taskAt) => pct.choose(runnable, taskAt), yieldsWhenReady };
    }
    case "recorded": {
      const choices = decodeChoices(spec.choices);
      let next = 0;
      // A plan that was changed meets other choices: what does not fit, and what comes behind the end, goes to the first.
      const choose = (runnable: number) => {
        const choice = choices[next++] ?? 0;
        return choice < runnable ? choice : 0;
      };
      return { choose, yieldsWhenReady };
    }
    default:
      return unreachable(spec);
  }
}

/** The same schedule, which keeps its choices. */
export function recordChoices(
  schedule: Schedule,
): Schedule & { readonly choices: readonly number[] } {
  const choices: number[] = [];
  return {
    ...schedule,
    choices,
    choose: (runnable, taskAt) => {
      const choice = schedule.choose(runnable, taskAt);
      choices.push(choice);
      return choice;
    },
  };
}

/** How often a task may be passed over in favour of others: an event loop that starves a socket for long does not exist. */
const PASSED_OVER_MAX = 20;

/** The priorities of PCT, with a bound on unfairness. */
class Priorities {
  readonly #random: Random;
  readonly #priorities = new Map<number, number>();
  readonly #passedOver = new Map<number, number>();
  /** Choices at which the highest falls, the next one last. */
  readonly #changes: number[];
  #choice = 0;
  #lowest = 0;

  constructor(random: Random, depth: number, choices: number) {
    this.#random = random;
    this.#changes = Array.from({ length: depth - 1 }, () => random.integer(choices))
      .sort((a, b) => b - a);
  }

  choose(runnable: number, taskAt: (index: number) => number): number {
    let index = this.#highest(runnable, taskAt);
    if (this.#changes.at(-1) === this.#choice++) {
      this.#changes.pop();
      this.#priorities.set(taskAt(index), --this.#lowest);
      index = this.#highest(runnable, taskAt);
    }
    for (let other = 0; other < runnable; other++) {
      const task = taskAt(other);
      const times = this.#passedOver.get(task) ?? 0;
      if (other !== index && times >= PASSED_OVER_MAX) {
        this.#passedOver.delete(task);
        return other;
      }
      this.#passedOver.set(task, times + 1);
    }
    this.#passedOver.delete(taskAt(index));
    return index;
  }

  #highest(runnable: number, taskAt: (index: number) => number): number {
    let best = 0;
    for (let index = 1; index < runnable; index++) {
      if (this.#priorityOf(taskAt(index)) > this.#priorityOf(taskAt(best))) best = index;
    }
    return best;
  }

  #priorityOf(task: number): number {
    let priority = this.#priorities.get(task);
    if (priority === undefined) {
      priority = this.#random.fraction();
      this.#priorities.set(task, priority);
    }
    return priority;
  }
}
