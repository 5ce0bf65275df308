/**
 * Reading a guest, from words and from the command line.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { formatGuest, parseGuest } from "../../lib/ram/guest_arguments.ts";
import {
  GUEST_WORDS,
  type GuestSpec,
  GuestSpecError,
  readGuest,
} from "../../lib/ram/guest_spec.ts";

/** Every valid guest. */
const GUESTS: fc.Arbitrary<GuestSpec> = fc.record({
  vcpus: fc.integer({ min: 1, max: 64 }),
  workload: fc.oneof(
    fc.constant({ workload: "uniform" }),
    fc.constant({ workload: "sequential" }),
    fc.record({ workload: fc.constant("strided"), stride: fc.integer({ min: 1, max: 2 ** 24 }) }),
    fc.record({
      workload: fc.constant("hot-cold"),
      "hot-pages": fc.integer({ min: 0, max: 1000 }).map((share) => share / 1000),
    }, { requiredKeys: ["workload"] }),
  ),
  touches: fc.integer({ min: 0, max: 1_000_000 }),
  "write-share": fc.double({ min: 0, max: 1, minExcluded: true, noNaN: true }),
  quota: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  fill: fc.constantFrom("random", "zero", "pattern"),
  seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
}, { requiredKeys: ["workload"] }).map(({ workload, ...words }) =>
  readGuest({ ...words, ...workload })
);

Deno.test("parseGuest() reads what formatGuest() writes", () => {
  fc.assert(fc.property(GUESTS, (guest) => {
    assertEquals(parseGuest(formatGuest(guest)), guest);
  }));
});

Deno.test("parseGuest() of nothing is the guest of all defaults", () => {
  assertEquals(parseGuest(""), {
    vcpus: 1,
    workload: { kind: "strided" },
    touchesPerSecond: 1000,
    writeShare: 0.5,
    fill: "random",
    seed: 1,
  });
});

const REFUSED = [
  ["vcpus=0", "vcpus expected an integer from 1 to 64, received 0"],
  ["vcpus=65", "vcpus expected an integer from 1 to 64, received 65"],
  ["vcpus=1.5", "vcpus expected an integer from 1 to 64, received 1.5"],
  ["vcpus=two", 'vcpus expected an integer from 1 to 64, received "two"'],
  ["touches=-1", "touches expected an integer from 0 to 1000000, received -1"],
  ["write-share=1.01", "write-share expected a number from 0 to 1, received 1.01"],
  ["workload=random", "workload expected one of uniform, sequential, strided, hot-cold"],
  ["fill=ones", 'fill expected one of random, zero, pattern, received "ones"'],
  ["quota=0", "quota expected an integer from 1 to 2147483647, received 0"],
  ["quota=5,write-share=0", "quota expected a write-share above 0, received 0"],
  ["workload=uniform,stride=3", "stride expected workload strided, received uniform"],
  ["hot-pages=0.1", "hot-pages expected workload hot-cold, received strided"],
  ["speed=3", "expected one of vcpus, workload, stride, hot-pages, hot-touches, touches, "],
  ["__proto__=1", 'received "__proto__"'],
  ["vcpus", 'expected WORD=VALUE, received "vcpus"'],
  ["vcpus=1=2", 'expected WORD=VALUE, received "vcpus=1=2"'],
  ["vcpus=1,vcpus=2", "expected vcpus once, received it twice"],
  ["vcpus=1,", 'expected WORD=VALUE, received ""'],
] as const;

for (const [text, says] of REFUSED) {
  Deno.test(`parseGuest() refuses "${text}"`, () => {
    assertThrows(() => parseGuest(text), GuestSpecError, says);
  });
}

Deno.test("readGuest() refuses a value of the wrong type in every word", () => {
  for (const [word, expected] of GUEST_WORDS) {
    for (const value of [true, [], {}, null]) {
      assertThrows(
        () => readGuest({ [word]: value }),
        GuestSpecError,
        `${word} expected ${expected}`,
      );
    }
  }
});
