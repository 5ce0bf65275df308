/**
 * Runs a plan under a schedule, in virtual time, and gives its history.
 *
 *     faults last -> everything heals -> settled -> second migration -> every engine ends
 *
 * The run decides nothing about right and wrong. Where it cannot go on it stops there, and the history says how far it came.
 *
 * @module
 */

import { InvariantError } from "../lib/invariant.ts";
import type { Outcome } from "../lib/world/virtual/outcome.ts";
import type { Schedule } from "../lib/world/virtual/schedule.ts";
import { Simulation } from "../lib/world/virtual/simulation.ts";
import type { History } from "./history.ts";
import type { Plan } from "./plan.ts";
import { conduct } from "./run/conduct.ts";
import { Stage } from "./run/stage.ts";

/** Virtual time at which a run is given up: more than all of its bounds together. */
const LIMIT_US = 180_000_000;

/** Steps at which it is given up: ten times as many as the longest of tens of thousands of runs took. */
const LIMIT_STEPS = 1_000_000;

/** A bug in chaos itself, as opposed to one in what it tests. */
export class ChaosMistake extends Error {
  override readonly name = "ChaosMistake";
}

/**
 * Runs a plan.
 *
 * @throws {ChaosMistake} when a thread of chaos itself threw.
 */
export async function runPlan(plan: Plan, schedule: Schedule): Promise<History> {
  const simulation = new Simulation({
    seed: BigInt(plan.seed),
    schedule,
    link: plan.link,
    limitUs: LIMIT_US,
    limitSteps: LIMIT_STEPS,
  });
  const stage = new Stage(plan, simulation);
  let outcome: Outcome | null = null;
  let crash: string | null = null;
  try {
    outcome = await simulation.run(() =>
      stage.world.mainLoop.spawn("chaos", () => stage.guard(() => conduct(stage))).join()
    );
  } catch (error) {
    crash = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    if (!(error instanceof InvariantError)) stage.blame(error);
  }
  if (stage.mistake !== null) {
    throw new ChaosMistake(`Chaos failed in a run: ${crash}`, { cause: stage.mistake });
  }
  const { recorder } = stage;
  return {
    plan,
    statuses: recorder.statuses,
    events: recorder.events,
    commands: recorder.commands,
    strikes: recorder.strikes,
    connections: recorder.connections,
    strangers: recorder.strangers,
    samples: recorder.samples,
    silences: recorder.silences,
    guestMoves: recorder.guestMoves,
    deaths: recorder.deaths,
    milestones: recorder.milestones,
    states: recorder.states,
    requests: recorder.requests,
    leftovers: recorder.leftovers,
    crash,
    outcome,
    traceHash: simulation.traceHash,
  };
}
