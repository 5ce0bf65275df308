/**
 * Chance from a seed: the same draws on every machine.
 *
 * A generator's state is a hash of the seed and of the names of the forks that lead to it. So a fork has nothing to do with
 * what its parent has drawn before, and a draw that is added in one place shifts no other.
 *
 * @module
 */

import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import { invariant } from "../invariant.ts";
import { mix32 } from "../ram/mix32.ts";
import type { Random } from "./world.ts";

const BOUND_MAX = 2 ** 31;

/** Where the four words of a state begin: digits of pi. */
const LANES = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344];

/**
 * A seeded xoroshiro128+.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const random = new SeededRandom(7);
 * const early = random.fork("jitter").integer(1000);
 * random.integer(6);
 * assertEquals(random.fork("jitter").integer(1000), early);
 * ```
 */
export class SeededRandom implements Random {
  readonly #path: readonly string[];
  readonly #generator: ReturnType<typeof xoroshiro128plusFromState>;

  /** @param seed An integer. Equal seeds are equal generators, `5` and `5n` too. */
  constructor(seed: number | bigint, ...forks: readonly string[]) {
    this.#path = [String(BigInt(seed)), ...forks];
    this.#generator = xoroshiro128plusFromState(hashPath(this.#path));
  }

  integer(bound: number): number {
    invariant(
      Number.isInteger(bound) && bound >= 1 && bound <= BOUND_MAX,
      `a bound is an integer in [1, 2^31], received ${bound}`,
    );
    return uniformInt(this.#generator, 0, bound - 1);
  }

  fraction(): number {
    const high = this.#generator.next() >>> 5;
    const low = this.#generator.next() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  fork(name: string): SeededRandom {
    const [seed, ...forks] = this.#path;
    return new SeededRandom(BigInt(seed!), ...forks, name);
  }
}

/** 128 bits that depend on every character and on where one name ends. */
function hashPath(path: readonly string[]): readonly number[] {
  const text = JSON.stringify(path);
  return LANES.map((lane) => {
    let word = lane;
    for (let i = 0; i < text.length; i++) word = mix32(word ^ text.charCodeAt(i));
    return word;
  });
}
