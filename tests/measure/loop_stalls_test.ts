import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  measureStalls,
  type ProbeRecord,
  type ReceivedAnswer,
  type Stall,
} from "../../lib/measure/loop_stalls.ts";

const INTERVAL_US = 1000;

/** A time in which a loop is blocked. */
interface Block {
  readonly beginUs: number;
  readonly endUs: number;
}

/**
 * What a prober sees of a loop that is blocked at `blocks` and otherwise answers at once. `blocks` are ordered and do not
 * touch.
 */
function probe(blocks: readonly Block[], options: { endUs: number; lateUs?: number }): ProbeRecord {
  const ticks = [];
  const answers: ReceivedAnswer[] = [];
  for (let intendedUs = 0; intendedUs < options.endUs; intendedUs += INTERVAL_US) {
    const sentUs = intendedUs + (options.lateUs ?? 0);
    ticks.push({ intendedUs, sentUs, cpuWaitUs: null });
    const block = blocks.find(({ beginUs, endUs }) => beginUs <= sentUs && sentUs < endUs);
    const stampUs = block?.endUs ?? sentUs;
    if (stampUs >= options.endUs) continue;
    const last = answers.at(-1);
    if (last?.stampUs === stampUs) answers[answers.length - 1] = { ...last, count: last.count + 1 };
    else answers.push({ count: 1, stampUs, cpuWaitUs: null });
  }
  return { intervalUs: INTERVAL_US, ticks, answers, endUs: options.endUs };
}

const blocks = fc.array(
  fc.record({ gapUs: fc.integer({ min: 2500, max: 50_000 }), lengthUs: fc.nat(90_000) }),
  { maxLength: 12 },
).map((shapes) => {
  let reachedUs = 0;
  return shapes.map(({ gapUs, lengthUs }): Block => {
    const beginUs = reachedUs + gapUs;
    reachedUs = beginUs + lengthUs;
    return { beginUs, endUs: reachedUs };
  });
});

Deno.test("measureStalls() finds every block of two intervals and more, to one interval", () => {
  fc.assert(fc.property(blocks, (planted) => {
    const endUs = (planted.at(-1)?.endUs ?? 0) + 10_000;
    const { stalls } = measureStalls(probe(planted, { endUs }));
    const long = planted.filter(({ beginUs, endUs }) => endUs - beginUs >= 2 * INTERVAL_US);
    for (const { beginUs, endUs } of long) {
      const found = stalls.filter((stall) =>
        stall.beginUs >= beginUs && stall.beginUs < beginUs + INTERVAL_US
      );
      assertEquals(found.length, 1);
      assertEquals(found[0]!.beginUs + found[0]!.lengthUs, endUs);
      assert(found[0]!.ended);
    }
    assert(stalls.length <= planted.length);
  }));
});

Deno.test("measureStalls() charges a stall to every tick that fell due in it", () => {
  const { lateness, over10MsUs, over50MsUs } = measureStalls(
    probe([{ beginUs: 20_000, endUs: 120_000 }], { endUs: 1_000_000 }),
  );
  assertEquals(lateness!.count, 1000);
  assertEquals(lateness!.maxUs, 100_000);
  // One in ten ticks fell due in the stall, evenly, so one in a hundred waited for more than 90 ms.
  assertAlmostEquals(lateness!.p99Us, 90_000, 1000);
  assertEquals(over10MsUs, 90_000);
  assertEquals(over50MsUs, 50_000);
});

Deno.test("measureStalls() counts a stall that never ends up to the end of the measurement", () => {
  const { stalls, lateness } = measureStalls(
    probe([{ beginUs: 5000, endUs: Infinity }], { endUs: 305_000 }),
  );
  assertEquals(lateness!.maxUs, 300_000);
  assertEquals(stalls, [
    { beginUs: 5000, lengthUs: 300_000, proberLateUs: 0, cpuWaitUs: null, ended: false },
  ]);
});

Deno.test("measureStalls() counts a stall once although a full socket delivers its ticks in pieces", () => {
  const ticks = Array.from({ length: 1000 }, (_, index) => ({
    intendedUs: index * INTERVAL_US,
    sentUs: index * INTERVAL_US,
    cpuWaitUs: null,
  }));
  const answers = [
    { count: 278, stampUs: 1_000_000, cpuWaitUs: null },
    { count: 722, stampUs: 1_000_400, cpuWaitUs: null },
  ];
  const { stalls } = measureStalls({ intervalUs: INTERVAL_US, ticks, answers, endUs: 1_001_000 });
  assertEquals(stalls.map((stall) => stall.lengthUs), [1_000_000]);
});

Deno.test("measureStalls() tells apart a stall and a longer one that follows at once", () => {
  const ticks = [0, 1000, 2000, 3000, 4000].map((intendedUs) => ({
    intendedUs,
    sentUs: intendedUs,
    cpuWaitUs: null,
  }));
  const answers = [
    { count: 3, stampUs: 3500, cpuWaitUs: null },
    { count: 2, stampUs: 90_000, cpuWaitUs: null },
  ];
  const { stalls } = measureStalls({ intervalUs: INTERVAL_US, ticks, answers, endUs: 90_001 });
  assertEquals(stalls.map((stall) => [stall.beginUs, stall.lengthUs]), [[0, 3500], [3000, 87_000]]);
});

Deno.test("measureStalls() keeps apart what the prober and a busy CPU are answerable for", () => {
  const record: ProbeRecord = {
    intervalUs: INTERVAL_US,
    ticks: [{ intendedUs: 1000, sentUs: 1800, cpuWaitUs: 50_000 }],
    answers: [{ count: 1, stampUs: 7000, cpuWaitUs: 53_500 }],
    endUs: 10_000,
  };
  const stall: Stall = {
    beginUs: 1000,
    lengthUs: 6000,
    proberLateUs: 800,
    cpuWaitUs: 3500,
    ended: true,
  };
  assertEquals(measureStalls(record).stalls, [stall]);
  assertEquals(measureStalls(record).sendLateness?.maxUs, 800);
});

Deno.test("measureStalls() takes no wait for a CPU into account twice that began before the tick was sent", () => {
  const [stall] = measureStalls({
    intervalUs: INTERVAL_US,
    ticks: [{ intendedUs: 1000, sentUs: 5000, cpuWaitUs: 0 }],
    answers: [{ count: 1, stampUs: 7000, cpuWaitUs: 6000 }],
    endUs: 10_000,
  }).stalls;
  assertEquals([stall?.lengthUs, stall?.proberLateUs, stall?.cpuWaitUs], [6000, 4000, 2000]);
});

Deno.test("measureStalls() has no figures where no tick fell due", () => {
  const figures = measureStalls({ intervalUs: INTERVAL_US, ticks: [], answers: [], endUs: 5 });
  assertEquals(figures.lateness, null);
  assertEquals(figures.stalls, []);
});
