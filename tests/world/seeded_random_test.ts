import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { InvariantError } from "../../lib/invariant.ts";
import { SeededRandom } from "../../lib/world/seeded_random.ts";
import type { Random } from "../../lib/world/world.ts";

function draws(random: Random, count = 6): readonly number[] {
  return Array.from({ length: count }, () => random.integer(1_000_000));
}

Deno.test("SeededRandom draws the same numbers for the same seed, on every machine and in every release", () => {
  assertEquals(draws(new SeededRandom(42)), [487216, 343078, 68371, 938249, 37690, 469528]);
  assertEquals(draws(new SeededRandom(42n)), draws(new SeededRandom(42)));
  assertEquals(new SeededRandom(42).fraction(), 0.38836234557796623);
  assertEquals(
    draws(new SeededRandom(42).fork("source")),
    [171616, 100572, 809461, 291926, 630386, 707950],
  );
});

Deno.test("SeededRandom draws other numbers for another seed, negative and large ones too", () => {
  const seeds = [0, 1, -1, 2 ** 32, 2n ** 64n, 2n ** 160n + 1n];
  assertEquals(
    new Set(seeds.map((seed) => draws(new SeededRandom(seed)).join())).size,
    seeds.length,
  );
});

Deno.test("SeededRandom.fork() has nothing to do with what its parent or another fork drew", () => {
  fc.assert(fc.property(fc.bigInt(), fc.string(), fc.nat(20), (seed, name, count) => {
    const parent = new SeededRandom(seed);
    const before = draws(parent.fork(name));
    draws(parent, count);
    draws(parent.fork(name + "x"), count);
    assertEquals(draws(parent.fork(name)), before);
    assertNotEquals(draws(parent.fork(name + "x")), before);
    assertNotEquals(draws(new SeededRandom(seed)), before);
  }));
});

Deno.test("SeededRandom.fork() tells paths apart that read the same", () => {
  const random = new SeededRandom(1);
  const paths = [
    random.fork("ab"),
    random.fork("a").fork("b"),
    random.fork('a","b'),
    random.fork("a\0b"),
    random.fork("b").fork("a"),
  ];
  assertEquals(new Set(paths.map((path) => draws(path).join())).size, paths.length);
});

Deno.test("SeededRandom.integer() is uniform in [0, bound), with no bias towards small numbers", () => {
  const random = new SeededRandom(5);
  // A modulo of 32 bits by this bound would draw the lower half twice as often as the upper.
  const bound = 3 * 2 ** 29;
  const count = 60_000;
  const thirds = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    const value = random.integer(bound);
    assert(Number.isInteger(value) && value >= 0 && value < bound);
    thirds[Math.floor(3 * value / bound)]!++;
  }
  for (const third of thirds) assert(Math.abs(third - count / 3) < 600, `${thirds}`);
});

Deno.test("SeededRandom.integer() takes every bound from 1 to 2^31, and no other", () => {
  const random = new SeededRandom(5);
  for (let i = 0; i < 50; i++) assertEquals(random.integer(1), 0);
  const high = Array.from({ length: 50 }, () => random.integer(2 ** 31));
  assert(high.some((value) => value >= 2 ** 30) && high.every((value) => value < 2 ** 31));
  for (const bound of [0, -1, 1.5, NaN, 2 ** 31 + 1]) {
    assertThrows(() => random.integer(bound), InvariantError);
  }
});

Deno.test("SeededRandom.fraction() is uniform in [0, 1)", () => {
  const random = new SeededRandom(9);
  const tenths = new Array<number>(10).fill(0);
  for (let i = 0; i < 50_000; i++) {
    const value = random.fraction();
    assert(value >= 0 && value < 1);
    tenths[Math.floor(10 * value)]!++;
  }
  for (const tenth of tenths) assert(Math.abs(tenth - 5000) < 350, `${tenths}`);
});
