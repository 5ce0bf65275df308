import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { compareResults } from "../../../bench/compare/compare_files.ts";
import { CompareError } from "../../../bench/compare/compare_error.ts";
import { renderComparison } from "../../../bench/compare/render_comparison.ts";
import { colorsFor } from "../../../lib/report/colors.ts";
import { formatComparison } from "../../../lib/report/comparison.ts";
import type { Result } from "../../../lib/report/result.ts";
import { runOf } from "../runs.ts";

const OPTIONS = {
  base: "old.json",
  head: "new.json",
  failOn: { verdict: "regression", share: 0.05 },
} as const;
const COLORS = colorsFor({ isTerminal: false, noColor: undefined });

function resultOf(
  clock: Result["clock"],
  times: readonly number[],
  environment: Result["environment"] = { cpus: 2 },
): Result {
  return {
    schema: "faultline/result/1",
    commit: "0123456789abcdef",
    environment,
    clock,
    seed: 1,
    runs: times.map((ms) =>
      runOf("pages", { preempt: true }, { "postcopy.start-to-active-ms": ms })
    ),
    thresholds: [],
    verdict: "pass",
  };
}

Deno.test("compareResults() compares figures of virtual time exactly", () => {
  const compare = (old: number, now: number) =>
    compareResults(resultOf("virtual", [old]), resultOf("virtual", [now]), OPTIONS);
  const verdicts = [compare(10, 10.05), compare(10, 10.3), compare(10, 12), compare(10, 5)]
    .map(({ figures, verdict }) => [figures[0]?.verdict, verdict]);
  assertEquals(verdicts, [
    ["no change", "pass"],
    ["regression", "pass"],
    ["regression", "fail"],
    ["improvement", "pass"],
  ]);
  assertEquals(compare(0, 0).figures[0]?.verdict, "no change");
  assertEquals(compare(0, 1).verdict, "fail");
});

Deno.test("compareResults() says that other prices may be why", () => {
  const { notes } = compareResults(
    resultOf("virtual", [1], { "price.connect-us": 100 }),
    resultOf("virtual", [1], { "price.connect-us": 500 }),
    OPTIONS,
  );
  assertEquals(notes, [
    "price.connect-us was 100 and is 500: every figure may follow from it.",
  ]);
});

Deno.test("compareResults() gives no verdict on figures of two machines, and says so", () => {
  const many = Array.from({ length: 30 }, (_, index) => 10 + index / 100);
  const other = resultOf("real", many.map((ms) => 2 * ms), { cpus: 8 });
  const { notes, figures, verdict } = compareResults(resultOf("real", many), other, OPTIONS);
  assertEquals(notes[0], "The machines differ: cpus was 2 and is 8.");
  assertEquals([figures[0]?.verdict, verdict], ["unfit", "inconclusive"]);
  const same = compareResults(
    resultOf("real", many),
    { ...other, environment: { cpus: 2 } },
    OPTIONS,
  );
  assertEquals([same.figures[0]?.verdict, same.verdict], ["regression", "fail"]);
  assertStringIncludes(same.notes[0] ?? "", "made one after the other");
});

Deno.test("compareResults() refuses results of two clocks", () => {
  assertThrows(
    () => compareResults(resultOf("real", [1]), resultOf("virtual", [1]), OPTIONS),
    CompareError,
    "Cannot compare: expected two results of one clock, received real and virtual",
  );
});

Deno.test("renderComparison() shows value, limit and margin of each figure, and names what failed", () => {
  const comparison = compareResults(resultOf("virtual", [10]), resultOf("virtual", [12]), OPTIONS);
  const lines = renderComparison(comparison, COLORS).split("\n");
  assertEquals(
    lines[0],
    "old.json (0123456789ab) against new.json (0123456789ab), 1 pair in virtual time",
  );
  const [row] = lines.filter((line) =>
    line.startsWith("pages [preempt=true] postcopy.start-to-active-ms")
  );
  assert(row !== undefined);
  assertEquals(row.trim().split(/ {2,}/).slice(1), [
    "10",
    "12",
    "+20 %",
    "-",
    "5 %",
    "-15 %",
    "regression",
  ]);
  assert(
    lines.includes(
      "fail  pages [preempt=true] postcopy.start-to-active-ms: 10 -> 12, regression of 20 %, limit 5 %, 15 % beyond",
    ),
  );
  assertEquals(lines.at(-1), "1 figure: 1 regression.");
  assertStringIncludes(formatComparison(comparison), `"schema": "faultline/comparison/1"`);
});
