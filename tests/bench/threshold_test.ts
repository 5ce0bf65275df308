import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { bindThreshold } from "../../bench/bind_expression.ts";
import { parseThreshold } from "../../bench/expression.ts";
import {
  evaluate,
  judgeThreshold,
  NOISY_IDLE_STALL_MS,
  worstVerdict,
} from "../../bench/threshold.ts";
import type { MetricName } from "../../lib/measure/metrics.ts";
import type { RunResult } from "../../lib/report/result.ts";
import { expressions } from "./arbitrary_threshold.ts";
import { runOf } from "./runs.ts";

const ARMS = [
  { scenario: "s", arm: { policy: "blocking" } },
  { scenario: "s", arm: { policy: "async" } },
] as const;

/** A run of one of the arms. */
function run(policy: string, metrics: { readonly [M in MetricName]?: number }): RunResult {
  return runOf("s", { policy }, metrics);
}

/** How a threshold is judged, without its expression. */
function judge(text: string, runs: readonly RunResult[]) {
  const { value, limit, verdict, reason } = judgeThreshold(
    bindThreshold(parseThreshold(text), ARMS),
    runs,
  );
  return { value, limit, verdict, reason };
}

const RUNS = [
  run("blocking", { "downtime-ms": 30, "total-time-ms": 100 }),
  run("blocking", { "downtime-ms": 10, "total-time-ms": 300 }),
  run("blocking", { "downtime-ms": 20 }),
  run("async", { "downtime-ms": 2, "total-time-ms": 0 }),
];

Deno.test("judgeThreshold() takes the median over the runs of the one arm", () => {
  assertEquals(judge("downtime-ms[policy=blocking] <= 20", RUNS), {
    value: 20,
    limit: 20,
    verdict: "pass",
    reason: undefined,
  });
});

Deno.test("judgeThreshold() says how far a threshold is from holding", () => {
  assertEquals(judge("downtime-ms[policy=blocking] < 20", RUNS), {
    value: 20,
    limit: 20,
    verdict: "fail",
    reason: "value 20, limit 20, 0 % left",
  });
});

Deno.test("judgeThreshold() compares arms by ratio, sum and maximum", () => {
  const ratio = "downtime-ms[policy=blocking] / downtime-ms[policy=async] >= 10";
  assertEquals(judge(ratio, RUNS).verdict, "pass");
  const sum = "downtime-ms[policy=blocking] > downtime-ms[policy=async] + 18";
  assertEquals(judge(sum, RUNS), {
    value: 20,
    limit: 20,
    verdict: "fail",
    reason: "value 20, limit 20, 0 % left",
  });
  assertEquals(
    judge("downtime-ms[policy=async] < max(1, downtime-ms[policy=blocking])", RUNS).limit,
    20,
  );
});

Deno.test("judgeThreshold() fails where a metric is absent, in one run out of three too", () => {
  assertEquals(judge("total-time-ms[policy=blocking] < 1000", RUNS), {
    value: null,
    limit: 1000,
    verdict: "fail",
    reason: "total-time-ms[scenario=s, policy=blocking] was not measured",
  });
  assertEquals(judge("1 < vcpu.blocked-ms[policy=async]", RUNS).verdict, "fail");
  assertEquals(judge("downtime-ms[policy=async] < 3", []).verdict, "fail");
});

Deno.test("judgeThreshold() fails a ratio to 0, whichever way it would be compared", () => {
  const ratio = "downtime-ms[policy=async] / total-time-ms[policy=async]";
  for (const operator of ["<", ">="]) {
    const { value, verdict, reason } = judge(`${ratio} ${operator} 5`, RUNS);
    assertEquals([value, verdict], [null, "fail"]);
    assertEquals(reason?.endsWith("divides by 0"), true);
  }
});

Deno.test("judgeThreshold() is inconclusive where an idle loop was held up too long, and never passes for it", () => {
  const noisy = {
    "process.peak-rss-mib": 5,
    "floor.idle-loop.longest-stall-ms": NOISY_IDLE_STALL_MS + 1,
    "downtime-ms": 5,
  };
  const runs = [
    run("blocking", noisy),
    run("async", { ...noisy, "floor.idle-loop.longest-stall-ms": 1 }),
  ];
  assertEquals(judge("downtime-ms[policy=blocking] < 5", runs).verdict, "inconclusive");
  assertEquals(judge("downtime-ms[policy=blocking] < 6", runs).verdict, "pass");
  assertEquals(judge("downtime-ms[policy=async] < 5", runs).verdict, "fail");
  assertEquals(judge("vcpu.blocked-ms[policy=blocking] < 5", runs).verdict, "fail");
  assertEquals(judge("process.peak-rss-mib[policy=blocking] < 5", runs).verdict, "fail");
});

Deno.test("evaluate() gives every expression a finite value or a reason", () => {
  fc.assert(fc.property(expressions, (expression) => {
    const value = evaluate(expression, RUNS);
    // Sums of numbers near the largest are too large.
    assertEquals(typeof value === "number" ? Number.isNaN(value) : value.absent === "", false);
  }));
});

Deno.test("worstVerdict() counts a failure more than a doubt", () => {
  assertEquals(worstVerdict([]), "pass");
  assertEquals(worstVerdict(["pass", "inconclusive"]), "inconclusive");
  assertEquals(worstVerdict(["inconclusive", "fail", "pass"]), "fail");
});
