/**
 * Alarms and the timer Worker that Worlds share.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Alarms, TimeoutSource } from "../../lib/world/realtime/alarms.ts";
import { processClock } from "../../lib/world/realtime/process_clock.ts";
import { openRealtimeWorld } from "../../lib/world/realtime/realtime_world.ts";
import { TIMER_CLIENTS_MAX, TimerWorker } from "../../lib/world/realtime/shared_timer.ts";
import { TimerSource } from "../../lib/world/realtime/timer_source.ts";

interface AlarmBed {
  readonly alarms: Alarms;
  readonly nowUs: () => number;
}

const BEDS: Readonly<Record<string, (body: (bed: AlarmBed) => Promise<void>) => Promise<void>>> = {
  async TimeoutSource(body) {
    const nowUs = processClock(performance.timeOrigin);
    await body({ alarms: new Alarms(nowUs, (onTime) => new TimeoutSource(nowUs, onTime)), nowUs });
  },
  async TimerSource(body) {
    await using worker = new TimerWorker();
    const nowUs = processClock(worker.timer.originMs);
    await body({
      alarms: new Alarms(nowUs, (onTime) => new TimerSource(worker.timer, onTime)),
      nowUs,
    });
  },
};

for (const [name, withBed] of Object.entries(BEDS)) {
  Deno.test(`Alarms by ${name} ring in the order of their deadlines, none too early`, () =>
    withBed(async ({ alarms, nowUs }) => {
      const startUs = nowUs();
      const rung: number[] = [];
      const all = Promise.withResolvers<void>();
      for (const us of [9000, 3000, 15_000, 0, 6000]) {
        alarms.set(startUs + us, () => {
          assert(nowUs() >= startUs + us);
          rung.push(us);
          if (rung.length === 5) all.resolve();
        });
      }
      assertEquals(rung, []);
      await all.promise;
      assertEquals(rung, [0, 3000, 6000, 9000, 15_000]);
      await alarms.close();
    }));

  Deno.test(`Alarms by ${name} that are taken back do not ring`, () =>
    withBed(async ({ alarms, nowUs }) => {
      const rung: string[] = [];
      const takeBack = alarms.set(nowUs() + 2000, () => rung.push("first"));
      takeBack();
      takeBack();
      await new Promise<void>((resolve) => alarms.set(nowUs() + 10_000, resolve));
      assertEquals(rung, []);
      await alarms.close();
    }));

  Deno.test(`Alarms.close() by ${name} rings those that are left, in order`, () =>
    withBed(async ({ alarms, nowUs }) => {
      const rung: number[] = [];
      for (const us of [1e9, 2e9]) alarms.set(nowUs() + us, () => rung.push(us));
      await alarms.close();
      assertEquals(rung, [1e9, 2e9]);
    }));
}

Deno.test("a timer Worker serves several Worlds at once, and a World gives its place back", async () => {
  await using worker = new TimerWorker();
  const open = () => openRealtimeWorld({ seed: 1, timer: worker.timer });
  const worlds = Array.from({ length: 3 }, open);
  const sleepers = worlds.map(({ clock, mainLoop }, i) =>
    mainLoop.spawn("sleeper", async () => {
      for (const us of [30_000, 20_000, 10_000].map((us) => us + i * 1000)) {
        const startUs = clock.now();
        await clock.sleep(us);
        assert(clock.now() - startUs >= us);
      }
    })
  );
  for (const sleeper of sleepers) await sleeper.join();
  for (const world of worlds) await world.close();
  for (let i = 0; i < TIMER_CLIENTS_MAX + 1; i++) await open().close();
});

Deno.test("Worlds with one origin agree on the time", async () => {
  const first = openRealtimeWorld({ seed: 1 });
  const second = openRealtimeWorld({ seed: 1, originMs: first.originMs });
  const times = [first, second, first, second].map(({ clock }) => clock.now());
  assertEquals(times, times.toSorted((a, b) => a - b));
  await first.close();
  await second.close();
});
