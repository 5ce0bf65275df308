import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Distribution } from "../../lib/netem/conditions.ts";
import { DelayLine, deviation } from "../../lib/netem/delay_line.ts";
import { FakeRandom } from "../world/fake_world.ts";

const DISTRIBUTIONS: readonly Distribution[] = ["uniform", "normal", "pareto"];

const delay = fc.record({
  timeUs: fc.nat(100_000),
  jitterUs: fc.nat(50_000),
  distribution: fc.constantFrom(...DISTRIBUTIONS),
});

/** The standard normal distribution function, by Marsaglia's series. */
function normalCdf(x: number): number {
  let sum = x;
  for (let term = x, i = 3; Math.abs(term) > 1e-17; i += 2) sum += term *= x * x / i;
  return 0.5 + sum * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
}

/** Mean and standard deviation over equally spaced shares. */
function moments(distribution: Distribution): { mean: number; deviation: number } {
  const count = 100_000;
  let [sum, squares] = [0, 0];
  for (let i = 0; i < count; i++) {
    const x = deviation(distribution, (i + 0.5) / count);
    sum += x;
    squares += x * x;
  }
  return { mean: sum / count, deviation: Math.sqrt(squares / count - (sum / count) ** 2) };
}

Deno.test("deviation() of normal is the inverse of the normal distribution function", () => {
  for (let i = 1; i < 10_000; i++) {
    const p = i / 10_000;
    assertAlmostEquals(normalCdf(deviation("normal", p)), p, 1e-9);
  }
});

Deno.test("deviation() of pareto is the inverse of netem's: shape 3, shifted to mean 0", () => {
  for (let p = 0; p < 0.98; p += 0.001) {
    const x = deviation("pareto", p) * 3 / 4 + 1.5;
    assertAlmostEquals(1 - x ** -3, p, 1e-9);
  }
});

Deno.test("deviation() grows with the share and stays within netem's bounds", () => {
  const bounds = { uniform: [-1, 1], normal: [-4, 4], pareto: [-2 / 3, 4] } as const;
  for (const distribution of DISTRIBUTIONS) {
    const [least, most] = bounds[distribution];
    let last = least - 1e-12;
    for (
      const p of [
        0,
        1e-12,
        ...Array.from({ length: 999 }, (_, i) => (i + 1) / 1000),
        1 - 1e-12,
      ]
    ) {
      const x = deviation(distribution, p);
      assert(x >= last && x <= most, `${distribution} ${p}: ${x}`);
      last = x;
    }
  }
});

Deno.test("deviation() has mean 0, and netem's spread for a jitter of 1", () => {
  assertAlmostEquals(moments("uniform").mean, 0, 1e-6);
  assertAlmostEquals(moments("uniform").deviation, 1 / Math.sqrt(3), 1e-4);
  assertAlmostEquals(moments("normal").mean, 0, 1e-6);
  assertAlmostEquals(moments("normal").deviation, 1, 1e-3);
  // Cut off at 4, pareto loses the end of its tail.
  assertAlmostEquals(moments("pareto").mean, 0, 0.05);
  assertAlmostEquals(moments("pareto").deviation, 0.8, 0.1);
});

Deno.test("DelayLine.enter() adds exactly the time where there is no jitter, and draws nothing", () => {
  const random = { ...new FakeRandom(), fraction: () => assert(false) } as unknown as FakeRandom;
  const line = new DelayLine({ timeUs: 250, jitterUs: 0, distribution: "normal" }, random);
  assertEquals([0, 0, 7, 1000].map((atUs) => line.enter(atUs)), [250, 250, 257, 1250]);
});

Deno.test("DelayLine.enter() never lets an entry overtake, nor come out before it went in", () => {
  const gaps = fc.array(fc.nat(5_000), { maxLength: 100 });
  fc.assert(fc.property(delay, gaps, fc.integer(), (delay, gaps, seed) => {
    const line = new DelayLine(delay, new FakeRandom(seed));
    let [atUs, lastUs] = [0, 0];
    for (const gap of gaps) {
      atUs += gap;
      const outUs = line.enter(atUs);
      assert(Number.isInteger(outUs) && outUs >= atUs && outUs >= lastUs);
      lastUs = outUs;
    }
  }));
});

Deno.test("DelayLine.enter() is a function of arrivals and seed", () => {
  fc.assert(fc.property(delay, fc.integer(), (delay, seed) => {
    const outs = () => {
      const line = new DelayLine(delay, new FakeRandom(seed));
      return Array.from({ length: 20 }, (_, i) => line.enter(i * 1000));
    };
    assertEquals(outs(), outs());
  }));
});

Deno.test("DelayLine.enter() of sparse entries has the asked mean and stays within the jitter", () => {
  const line = new DelayLine(
    { timeUs: 10_000, jitterUs: 2_000, distribution: "uniform" },
    new FakeRandom(7),
  );
  let sumUs = 0;
  for (let i = 0; i < 10_000; i++) {
    const delayUs = line.enter(i * 1_000_000) - i * 1_000_000;
    assert(delayUs >= 8_000 && delayUs <= 12_000);
    sumUs += delayUs;
  }
  assertAlmostEquals(sumUs / 10_000, 10_000, 60);
});

Deno.test("DelayLine.setDelay() does not let later entries overtake earlier ones", () => {
  const line = new DelayLine(
    { timeUs: 1_000, jitterUs: 0, distribution: "uniform" },
    new FakeRandom(),
  );
  assertEquals(line.enter(0), 1_000);
  line.setDelay(null);
  assertEquals([line.enter(10), line.enter(2_000)], [1_000, 2_000]);
});
