import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { InvariantError } from "../../lib/invariant.ts";
import { METRICS } from "../../lib/measure/metrics.ts";
import { MIGRATION_STATUSES } from "../../lib/qapi/migration_status.ts";
import {
  formatResult,
  parseResult,
  type Result,
  ResultError,
  type RunResult,
} from "../../lib/report/result.ts";

const RUN: RunResult = {
  scenario: "preempt-connect/start",
  arm: { "x-preempt-connect": "blocking", "connect-delay-ms": 1000, "postcopy-preempt": true },
  metrics: { "downtime-ms": 1.5 },
  outcome: {
    source: "completed",
    destination: "completed",
    ram: "identical",
    guest: "destination",
  },
};

const RESULT: Result = {
  schema: "faultline/result/1",
  commit: "unknown",
  environment: { os: "linux", cpus: 2 },
  clock: "virtual",
  seed: 1,
  runs: [RUN],
  thresholds: [{ expression: "downtime-ms < 2", value: 1.5, limit: 2, verdict: "pass" }],
  verdict: "pass",
};

const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const verdict = fc.constantFrom("pass", "fail", "inconclusive");
const status = fc.constantFrom(...MIGRATION_STATUSES);
const metrics = fc.dictionary(fc.constantFrom(...Object.keys(METRICS)), finite)
  .map((figures) => ({ ...figures }));

const results: fc.Arbitrary<Result> = fc.record({
  schema: fc.constant("faultline/result/1"),
  commit: fc.string(),
  environment: fc.constant({ cpus: 2, os: "linux" }),
  clock: fc.constantFrom("real", "virtual"),
  seed: fc.nat(),
  runs: fc.array(fc.record({
    scenario: fc.string(),
    arm: fc.constant({ link: "64mbps", "postcopy-preempt": false }),
    metrics,
    outcome: fc.record({
      source: status,
      destination: status,
      ram: fc.constantFrom("identical", "different", "incomplete"),
      guest: fc.constantFrom("source", "destination", "both", "none"),
    }),
    failure: fc.string(),
  }, { requiredKeys: ["scenario", "arm", "metrics", "outcome"] })),
  thresholds: fc.array(fc.record({
    expression: fc.string(),
    value: fc.option(finite),
    limit: fc.option(finite),
    verdict,
  })),
  verdict,
});

Deno.test("parseResult() reads what formatResult() writes", () => {
  fc.assert(fc.property(results, (result) => {
    assertEquals(parseResult(formatResult(result), "r.json"), JSON.parse(JSON.stringify(result)));
  }));
});

Deno.test("formatResult() refuses a NaN, which JSON would turn into null", () => {
  const runs = [{ ...RUN, metrics: { "downtime-ms": NaN } }];
  assertThrows(() => formatResult({ ...RESULT, runs }), InvariantError, "received NaN");
});

const REFUSED: readonly (readonly [unknown, string])[] = [
  [{ ...RESULT, schema: "faultline/result/2" }, `schema: expected "faultline/result/1"`],
  [{ ...RESULT, clock: "wall" }, `clock: expected one of "real", "virtual", received "wall"`],
  [{ ...RESULT, notes: "" }, `notes: expected no such field, received "notes"`],
  [{ ...RESULT, commit: undefined }, "commit: expected text, received nothing"],
  [
    { ...RESULT, runs: [RUN, { ...RUN, metrics: { "downtime-ms": null } }] },
    "runs[1].metrics.downtime-ms: expected a number, received null",
  ],
  [
    { ...RESULT, runs: [{ ...RUN, outcome: { ...RUN.outcome, guest: "nowhere" } }] },
    `runs[0].outcome.guest: expected one of "source", "destination", "both", "none"`,
  ],
  [[], "expected a mapping, received a list"],
];

for (const [value, sentence] of REFUSED) {
  Deno.test(`parseResult() refuses a file with ${sentence}`, () => {
    const read = () => parseResult(JSON.stringify(value), "r.json");
    assertThrows(read, ResultError, `Cannot read r.json: ${sentence}`);
  });
}

Deno.test("parseResult() refuses what is no JSON", () => {
  const message = "Cannot read r.json: expected JSON, received ";
  assertThrows(() => parseResult("schema: 1", "r.json"), ResultError, message);
});
