import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { readJunit } from "../../.ci/count_junit.ts";
import { chaosAnnotationsOf } from "../../lib/report/annotations.ts";
import type { ChaosResult } from "../../lib/report/chaos_result.ts";
import { chaosSentence } from "../../lib/report/chaos_verdict.ts";
import { renderChaosJunit } from "../../lib/report/render_chaos_junit.ts";
import { renderChaosMarkdown } from "../../lib/report/render_chaos_markdown.ts";
import { VIOLATED } from "./chaos_results.ts";

const HOLDS: ChaosResult = { ...VIOLATED, violations: [], verdict: "holds" };

const UNKNOWN: ChaosResult = {
  ...HOLDS,
  unknown: [{ oracle: "requests", seed: "5", message: "It crashed" }],
  verdict: "unknown",
};

const HUNTED: ChaosResult = {
  ...HOLDS,
  mutants: [
    { id: "A1", found: true, seed: "3", oracle: "loop", seconds: 1, seeds: 9, faultsInPlan: 1 },
    {
      ...{ id: "B6", found: false, seed: null, oracle: null },
      ...{ seconds: 60, seeds: 900, faultsInPlan: null },
    },
  ],
  verdict: "violated",
};

/** How the cases ended, by name. */
function outcomesOf(result: ChaosResult): Record<string, string> {
  const xml = renderChaosJunit(result);
  const names = [...xml.matchAll(/<testcase [^>]*name="([^"]*)"/g)].map(([, name]) => name!);
  const outcomes = readJunit(xml).map(({ outcome }) => outcome);
  return Object.fromEntries(names.map((name, index) => [name, outcomes[index]!]));
}

Deno.test("renderChaosJunit() has a case for each oracle, and how to see again what broke one", () => {
  assertEquals(outcomesOf(VIOLATED), {
    "runs": "passed",
    "one-guest": "failed",
    "requests": "passed",
  });
  const xml = renderChaosJunit(VIOLATED);
  assertMatch(xml, /<failure message="[^"]* at 1\.000 ms \(and 1 more\)">/);
  assertStringIncludes(xml, "  deno task chaos --seed 3\n  deno task chaos --replay ");
  assertStringIncludes(xml, "The same\n  deno task chaos --seed 9<");
});

Deno.test("renderChaosJunit() makes an error of what an oracle could not say, and names those that no table has", () => {
  assertEquals(outcomesOf(UNKNOWN).requests, "failed");
  assertStringIncludes(renderChaosJunit(UNKNOWN), '<error message="It crashed">');
  const other = {
    ...HOLDS.violations[0]!,
    oracle: "determinism",
    seed: "4",
    message: "Other steps",
  };
  const result = { ...VIOLATED, violations: [{ ...other, repro: null, shrunk: null }] };
  assertEquals(outcomesOf(result).determinism, "failed");
});

Deno.test("renderChaosJunit() has a case for each known defect that was hunted", () => {
  assertEquals(outcomesOf(HUNTED), { A1: "passed", B6: "failed" });
  assertStringIncludes(renderChaosJunit(HUNTED), "deno task chaos --mutant B6");
});

Deno.test("renderChaosJunit() escapes whatever a result says", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const [violation] = VIOLATED.violations;
    const xml = renderChaosJunit({
      ...VIOLATED,
      violations: [{ ...violation!, oracle: text, message: text, repro: text }],
    });
    assertEquals(xml.match(/<testcase /g)?.length, xml.match(/<\/testcase>/g)?.length);
    // deno-lint-ignore no-control-regex -- they are what must not be there
    assert(!/[\u0000-\u0008]/.test(xml) && xml.isWellFormed());
  }));
});

Deno.test("renderChaosMarkdown() has the verdict, each violation with its commands, and no HTML of a name", () => {
  const text = renderChaosMarkdown(VIOLATED);
  assertMatch(text, /^## ❌ Faultline chaos: violated\n/);
  assertStringIncludes(text, chaosSentence(VIOLATED));
  assertStringIncludes(text, "| ❌ | one-guest | The same | `deno task chaos --seed 9` |");
  const outsideOfCode = text.replaceAll(/(?<![\\`])(`+)(?!`).+?(?<!`)\1(?!`)/g, "");
  assertEquals(outsideOfCode.match(/(?<!\\)<(?!\/?(?:details|summary)>)/g), null);
  assertStringIncludes(text, "1 of 2 rare paths were taken");
});

Deno.test("renderChaosMarkdown() says what holds, what is unknown, and which defects were found", () => {
  assertMatch(renderChaosMarkdown(HOLDS), /^## ✅ Faultline chaos: everything held\n/);
  assertStringIncludes(renderChaosMarkdown(UNKNOWN), "| ❔ | requests | It crashed |");
  const hunted = renderChaosMarkdown(HUNTED);
  assertStringIncludes(hunted, "1 of 2 known defects found, in 400 runs.");
  assertStringIncludes(hunted, "| ❌ | B6 | not found | 900 | 60 |  |");
});

Deno.test("a pipe in what a run says does not end its cell", () => {
  const [violation] = VIOLATED.violations;
  const text = renderChaosMarkdown({
    ...VIOLATED,
    violations: [{ ...violation!, message: "a | b\nc", repro: "/tmp/a|`b.json" }],
  });
  const row = text.split("\n").find((line) => line.startsWith("| ❌"))!;
  assertEquals(row.match(/(?<!\\)\|/g)?.length, 5);
});

Deno.test("chaosAnnotationsOf() tells errors from what is unknown, and how to repeat each", () => {
  const lines = [...chaosAnnotationsOf(VIOLATED), ...chaosAnnotationsOf(UNKNOWN)];
  assertEquals(lines.map((line) => line.split(" ")[0]), ["::error", "::error", "::warning"]);
  assertStringIncludes(lines[1]!, "title=one-guest::The same%0Adeno task chaos --seed 9");
  assertEquals(chaosAnnotationsOf(HUNTED), ["::error title=B6::Not found in 900 seeds"]);
});
