/**
 * Threads that look at a run all the time: whether main loops serve, whether QMP answers, how much main channels have carried.
 *
 * @module
 */

import type { ChaosEngine } from "./chaos_engine.ts";
import type { Stage } from "./stage.ts";

/** How often a main loop is asked to run something: a stretch of work that is too long does not fall between two times. */
const TICK_US = 2000;

/** Lateness of a tick from which on it is taken down. */
const SILENCE_US_MIN = 1000;

/** How often an engine is queried. */
const PROBE_US = 100_000;

/** How often bytes are counted. */
const SAMPLE_US = 20_000;

/** A thread on the engine's own loop that wants to run ever so often: how late it runs is how long the loop was silent. */
export function watchLoop(stage: Stage, engine: ChaosEngine): void {
  const { clock, recorder } = stage;
  const tick = async () => {
    while (engine.alive) {
      const dueUs = clock.now() + TICK_US;
      await clock.sleep(TICK_US);
      const lateUs = clock.now() - dueUs;
      if (lateUs < SILENCE_US_MIN) continue;
      recorder.silences.push({ engine: engine.name, fromUs: dueUs, us: lateUs });
    }
  };
  stage.spawn("tick", tick, stage.simulation.world(engine.name));
}

/** Queries an engine, one query at a time. */
export function probeQmp(stage: Stage, engine: ChaosEngine): void {
  stage.spawn("prober", async () => {
    while (engine.alive) {
      const query = engine.tell("query-migrate", {}, "prober");
      await stage.until(() => query.answeredUs !== null || query.closed || !engine.alive, Infinity);
      await stage.until(() => !engine.alive, PROBE_US);
    }
  });
}

/** Takes down ever so often how much every main channel has carried. */
export function sampleTraffic(stage: Stage): void {
  stage.spawn("sampler", async () => {
    while (!stage.closing) {
      takeSamples(stage);
      await stage.until(() => stage.closing, SAMPLE_US);
    }
  });
}

/** Takes down how much every main channel has carried now. */
export function takeSamples({ clock, recorder, simulation: { faults } }: Stage): void {
  const timeUs = clock.now();
  for (const { id, role } of faults.connections()) {
    if (role !== "main") continue;
    const writtenBytes = faults.writtenBytes(id, "source-to-destination")!;
    recorder.samples.push({ timeUs, connection: id, writtenBytes });
  }
}
