import { assertEquals } from "@std/assert";
import { pace } from "../../lib/measure/pace.ts";
import type { Clock } from "../../lib/world/world.ts";

/** A clock whose sleeps are late by what `lateUs` says of each in turn. */
class LateClock implements Clock {
  #nowUs = 5000;
  readonly #lateUs: Iterator<number>;

  constructor(lateUs: readonly number[]) {
    this.#lateUs = lateUs.values();
  }

  now(): number {
    return this.#nowUs;
  }

  sleep(us: number): Promise<void> {
    this.#nowUs += us + (this.#lateUs.next().value ?? 0);
    return Promise.resolve();
  }
}

async function ticksOf(lateUs: readonly number[], calls: number) {
  const stopping = new AbortController();
  const ticks: { intendedUs: readonly number[]; nowUs: number }[] = [];
  await pace(
    new LateClock(lateUs),
    { intervalUs: 1000, signal: stopping.signal },
    (intendedUs, nowUs) => {
      ticks.push({ intendedUs, nowUs });
      if (ticks.length === calls) stopping.abort();
    },
  );
  return ticks;
}

Deno.test("pace() ticks at intended times, one interval apart, from one interval after the call", async () => {
  assertEquals(await ticksOf([], 3), [
    { intendedUs: [6000], nowUs: 6000 },
    { intendedUs: [7000], nowUs: 7000 },
    { intendedUs: [8000], nowUs: 8000 },
  ]);
});

Deno.test("pace() does not shift later ticks when one is late", async () => {
  assertEquals(await ticksOf([300, 0, 50], 3), [
    { intendedUs: [6000], nowUs: 6300 },
    { intendedUs: [7000], nowUs: 7000 },
    { intendedUs: [8000], nowUs: 8050 },
  ]);
});

Deno.test("pace() delivers every tick that fell due while it was late", async () => {
  assertEquals(await ticksOf([2500], 2), [
    { intendedUs: [6000, 7000, 8000], nowUs: 8500 },
    { intendedUs: [9000], nowUs: 9000 },
  ]);
});
