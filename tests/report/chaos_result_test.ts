import { assertEquals, assertThrows } from "@std/assert";
import { InvariantError } from "../../lib/invariant.ts";
import {
  type ChaosResult,
  formatChaosResult,
  parseChaosResult,
} from "../../lib/report/chaos_result.ts";
import { ResultError } from "../../lib/report/result.ts";

const RESULT: ChaosResult = {
  schema: "faultline/chaos/1",
  commit: "unknown",
  code: "0123456789abcdef",
  environment: { cpus: 2 },
  baseSeed: "18446744073709551615",
  strategy: "mixed",
  seconds: 1.5,
  seeds: 3,
  schedules: 3,
  traceHash: "89abcdef",
  repeated: 1,
  seedsPerSecond: 2,
  virtualSecondsPerSecond: 0.5,
  violations: [{
    oracle: "one-guest",
    seed: "17",
    message: "Two guests ran",
    repro: "17.json",
    shrunk: { faults: 1, otherChoices: 0, tries: 9, seconds: 0.5, minimal: true },
  }],
  unknown: [],
  coverage: { source: { reset: { active: 2 } }, destination: {}, marks: { "second-recovery": 0 } },
  mutants: [
    { id: "A1", found: true, seed: "3", oracle: "x", seconds: 1, seeds: 9, faultsInPlan: 1 },
  ],
  verdict: "violated",
};

Deno.test("a chaos result is read back as it was written", () => {
  assertEquals(parseChaosResult(formatChaosResult(RESULT), "r.json"), RESULT);
});

Deno.test("a chaos result with what JSON cannot hold is not written", () => {
  const broken = { ...RESULT, seedsPerSecond: NaN };
  assertThrows(() => formatChaosResult(broken), InvariantError, "seedsPerSecond");
});

const WRONG: readonly (readonly [string, (text: string) => string, string])[] = [
  ["cut", (text) => text.slice(0, 100), "Cannot read r.json: expected JSON"],
  ["empty", () => "", "Cannot read r.json: expected JSON"],
  [
    "of another schema",
    (text) => text.replace("chaos/1", "chaos/9"),
    `Cannot read r.json: schema: expected "faultline/chaos/1", received "faultline/chaos/9"`,
  ],
  [
    "with a seed that is a number",
    (text) => text.replace(`"18446744073709551615"`, "1844674407370955"),
    "Cannot read r.json: baseSeed: expected text, received 1844674407370955",
  ],
];

for (const [how, change, message] of WRONG) {
  Deno.test(`a chaos result that is ${how} is refused with a sentence`, () => {
    assertThrows(
      () => parseChaosResult(change(formatChaosResult(RESULT)), "r.json"),
      ResultError,
      message,
    );
  });
}
