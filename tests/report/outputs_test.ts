import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { readJunit } from "../../.ci/count_junit.ts";
import { annotationsOf } from "../../lib/report/annotations.ts";
import { allowedSide, formatMargin, marginOf } from "../../lib/report/margin.ts";
import { renderJunit } from "../../lib/report/render_junit.ts";
import { renderMarkdown } from "../../lib/report/render_markdown.ts";
import { renderTrace } from "../../lib/report/trace/render_trace.ts";
import type { TraceEvent } from "../../lib/report/trace/trace_writer.ts";
import { findUnusual } from "../../lib/report/unusual.ts";
import { verdictSentence } from "../../lib/report/verdict_sentence.ts";
import { detailsOf, EVIL, resultOf, runWith } from "./results.ts";

// -- Margins --

Deno.test("marginOf() is not negative exactly where the threshold holds", () => {
  const operators = fc.constantFrom("<=", ">=");
  const figure = fc.double({ min: 0.001, max: 1e6, noNaN: true });
  fc.assert(fc.property(operators, figure, figure, (operator, value, limit) => {
    const holds = operator === "<=" ? value <= limit : value >= limit;
    const margin = marginOf({ expression: `a[x=1 > 2] ${operator} b`, value, limit })!;
    assertEquals(margin >= 0, holds);
    assertMatch(formatMargin(margin), holds ? / left$/ : / beyond$/);
  }));
});

Deno.test("allowedSide() is not misled by names in brackets", () => {
  assertEquals(allowedSide({ expression: "a[scenario=x > y] < 3" }), "below");
  assertEquals(allowedSide({ expression: "a[scenario=x < y] >= 3" }), "above");
  assertEquals(allowedSide({ expression: "a" }), null);
});

// -- What is said first --

Deno.test("verdictSentence() counts what does not hold, and what cannot be judged", () => {
  const result = resultOf([runWith(), runWith({ failure: "step 3: refused" })]);
  assertEquals(
    verdictSentence(result),
    "2 of 4 thresholds did not hold, and 1 of 2 runs failed; 1 more the machine was too noisy to judge.",
  );
  assertMatch(
    verdictSentence(resultOf([runWith()], { thresholds: [], verdict: "pass" })),
    /^No threshold/,
  );
});

Deno.test("findUnusual() says nothing of a result in which nothing is", () => {
  assertEquals(findUnusual(resultOf([runWith()], { thresholds: [], verdict: "pass" })), []);
});

Deno.test("findUnusual() names failures, noise, lone requests, spreads and unknown code", () => {
  const metrics = {
    "downtime-ms": 2,
    "source.main-loop.longest-stall-ms": 3,
    "floor.idle-loop.longest-stall-ms": 61,
    "page-request.latency-max-us": 900_000,
    "page-request.latency-p99-us": 200,
  };
  const runs = [
    runWith({ metrics, failure: "step 3: refused" }),
    runWith({ metrics }),
    runWith({ metrics: { ...metrics, "downtime-ms": 20 } }),
  ];
  const said = findUnusual(resultOf(runs, { commit: "0123+changes" })).join("\n");
  for (
    const part of [
      "failed: step 3: refused",
      "in 3 of 3 runs a loop that does nothing stood still for more than 20 ms, at most 61 ms",
      "one page request took 900 ms",
      "downtime-ms varies from 2 to 20 over 3 runs",
      "changes that are in no commit",
    ]
  ) assertStringIncludes(said, part);
});

// -- Formats --

Deno.test("renderJunit() has a case for each threshold and scenario, and each problem once", () => {
  const cases = readJunit(
    renderJunit(resultOf([runWith({ failure: EVIL })])).replaceAll("<error", "<failure")
      .replace(/failures="3" errors="1"/, 'failures="4" errors="0"'),
  );
  assertEquals(cases.map(({ outcome }) => outcome), [
    "failed",
    "failed",
    "passed",
    "failed",
    "failed",
  ]);
});

Deno.test("renderJunit() escapes whatever names hold", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (name) => {
    const xml = renderJunit(resultOf([runWith({ scenario: name })]));
    assertEquals(xml.match(/<testcase /g)?.length, 5);
    // deno-lint-ignore no-control-regex -- they are what must not be there
    assert(!/[\u0000-\u0008]/.test(xml) && xml.isWellFormed());
  }));
});

Deno.test("renderMarkdown() has value, limit and margin of what does not hold, and no HTML of a name", () => {
  const text = renderMarkdown(resultOf([runWith()]));
  assertStringIncludes(text, "| 2 | 1 | 100 % beyond |");
  assertStringIncludes(text, "❔ | setup-time-ms \\> 3 | 2.9 | 3 | 3.3 % beyond |");
  assertEquals(text.match(/(?<!\\)<(?!\/?(?:details|summary)>)/g), null);
});

Deno.test("annotationsOf() tells errors from what is in doubt", () => {
  const lines = annotationsOf(resultOf([runWith({ failure: "a\nb" })]));
  assertEquals(lines.map((line) => line.split(" ")[0]), [
    "::error",
    "::error",
    "::error",
    "::warning",
  ]);
  assertStringIncludes(lines[0]!, "::a%0Ab");
});

// -- Trace --

function eventsOf(text: string): TraceEvent[] {
  return JSON.parse(text).traceEvents;
}

Deno.test("renderTrace() leads every page request as a flow from a fault to the page's place", () => {
  const events = eventsOf(renderTrace(resultOf([runWith(), runWith()])));
  const flows = Map.groupBy(events.filter(({ ph }) => "stf".includes(ph)), ({ id }) => id);
  assertEquals(flows.size, 100);
  for (const steps of flows.values()) {
    assertEquals(steps.map(({ ph }) => ph).join(""), "sttttf");
    for (const { pid, tid, ts = 0 } of steps) {
      const bound = events.some((event) =>
        event.ph === "X" && event.pid === pid && event.tid === tid && event.ts! <= ts &&
        ts <= event.ts! + event.dur!
      );
      assert(bound, "a flow's step lies in no slice");
    }
  }
});

Deno.test("renderTrace() names its tracks, and begins no slice before its time", () => {
  const events = eventsOf(renderTrace(resultOf([runWith({ details: detailsOf(3) })])));
  const names = events.filter(({ name }) => name === "thread_name").map(({ args }) =>
    args!["name"]
  );
  for (
    const name of [
      "operator",
      "shim",
      "status",
      "main loop",
      "return path thread",
      "vCPU 0",
      "preempt",
    ]
  ) {
    assert(names.includes(name), name);
  }
  assert(events.every(({ ts = 0, dur = 0 }) => ts >= 0 && dur >= 0));
});
