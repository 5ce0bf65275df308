import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { readJunit } from "../../.ci/count_junit.ts";
import { comparisonAnnotationsOf } from "../../lib/report/annotations.ts";
import type { ComparedFigure, Comparison } from "../../lib/report/comparison.ts";
import { renderComparisonJunit } from "../../lib/report/render_comparison_junit.ts";
import { renderComparisonMarkdown } from "../../lib/report/render_comparison_markdown.ts";

const STEADY: ComparedFigure = {
  ...{ scenario: "pages", arm: {}, metric: "downtime-ms", base: [2, 2], head: [2, 2] },
  ...{ verdict: "no change", baseMedian: 2, headMedian: 2, ratio: 1, p: 1, adjustedP: 1 },
  ...{ interval: { low: 0.98, high: 1.02 }, limit: 0.1, visible: 0.04 },
};

const SLOWER: ComparedFigure = {
  ...STEADY,
  ...{ metric: "page-request.latency-p10-us", verdict: "regression", headMedian: 2.4, ratio: 1.2 },
};

const NOISY: ComparedFigure = {
  ...STEADY,
  ...{ metric: "total-time-ms", verdict: "inconclusive", visible: 0.4 },
};

const UNFIT: ComparedFigure = {
  ...{ ...STEADY, metric: "setup-time-ms", verdict: "unfit", reason: "time is stolen" },
  ...{ ratio: null, interval: null, p: null, adjustedP: null, visible: null },
};

const PASSED: Comparison = {
  schema: "faultline/comparison/1",
  base: { name: "main", commit: "0123456789abcdef" },
  head: { name: "HEAD", commit: "fedcba9876543210" },
  ...{ clock: "real", environment: {}, pairs: 20, missing: [], notes: [] },
  machine: [
    { name: "stolen", value: 0, limit: 0.02, met: true, units: ["ms"], text: "0 %, at most 2 %" },
  ],
  failOn: { verdict: "regression", share: 0.05 },
  figures: [STEADY],
  verdict: "pass",
};

const FAILED: Comparison = {
  ...PASSED,
  figures: [STEADY, NOISY, UNFIT, SLOWER],
  missing: ["loop vanished."],
  verdict: "fail",
};

Deno.test("renderComparisonJunit() has a case for each figure, a failure for what failed, and an error for what nobody could judge", () => {
  const xml = renderComparisonJunit(FAILED);
  const names = [...xml.matchAll(/<testcase [^>]*name="([^"]*)"/g)].map(([, name]) => name);
  const outcomes = readJunit(xml).map(({ outcome }) => outcome);
  assertEquals(Object.fromEntries(names.map((name, index) => [name, outcomes[index]])), {
    "nothing vanished": "failed",
    "downtime-ms": "passed",
    "total-time-ms": "failed",
    "setup-time-ms": "failed",
    "page-request.latency-p10-us": "failed",
  });
  assertMatch(
    xml,
    /<failure message="pages page-request.latency-p10-us: 2 -&gt; 2.4, regression of 20 %, limit 10 %, 10 % beyond">/,
  );
  assertStringIncludes(xml, '<error message="unfit: time is stolen">');
  assertEquals(renderComparisonJunit(PASSED).includes("<failure"), false);
});

Deno.test("renderComparisonMarkdown() begins with the verdict and what failed, and folds away what did not change", () => {
  const text = renderComparisonMarkdown(FAILED);
  assertMatch(text, /^## ❌ Faultline compare: failed\n/);
  const [shown = "", folded = ""] = text.split("<details>");
  assertStringIncludes(shown, "- loop vanished.");
  assertStringIncludes(shown, "| ❌ | pages page-request.latency-p10-us | 2 | 2.4 | +20 % |");
  assertStringIncludes(shown, "| ❔ | pages total-time-ms |");
  assertStringIncludes(shown, "- unfit: time is stolen");
  assert(!shown.includes("downtime-ms"));
  assertStringIncludes(folded, "| ✅ | pages downtime-ms | 2 | 2 | 0 % | -2 % .. +2 % | 10 % |");
  assertMatch(renderComparisonMarkdown(PASSED), /^## ✅ Faultline compare: passed\n/);
});

Deno.test("comparisonAnnotationsOf() has an error for what failed, and a warning for what is open", () => {
  assertEquals(
    comparisonAnnotationsOf(FAILED).map((line) => line.replace(/ title=compare::/, " ")),
    [
      "::error loop vanished.",
      "::error pages page-request.latency-p10-us: 2 -> 2.4, regression of 20 %25, limit 10 %25, 10 %25 beyond",
      "::warning unfit: time is stolen",
      "::warning pages total-time-ms: inconclusive (40 %25 would have been seen, 10 %25 has to)",
    ],
  );
  assertEquals(comparisonAnnotationsOf(PASSED), []);
});

Deno.test("the outputs of a comparison escape whatever it says", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const arm = { axis: text };
    const odd = { ...FAILED, missing: [text], figures: [{ ...SLOWER, arm }, { ...UNFIT, arm }] };
    const xml = renderComparisonJunit(odd);
    assertEquals(xml.match(/<testcase /g)?.length, 3);
    // deno-lint-ignore no-control-regex -- they are what must not be there
    assert(!/[\u0000-\u0008]/.test(xml) && xml.isWellFormed());
    const outside = renderComparisonMarkdown(odd).replaceAll(/<\/?(details|summary)>/g, "");
    assertEquals(outside.match(/(?<!\\)</g), null);
  }));
});
