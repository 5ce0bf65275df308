import { assert, assertEquals, assertThrows } from "@std/assert";
import { CompareError } from "../../../bench/compare/compare_error.ts";
import { HELP } from "../../../bench/compare/help.ts";
import { readCompareOptions } from "../../../bench/compare/options.ts";
import { codeLinesOf } from "./help_examples.ts";

Deno.test("readCompareOptions() compares HEAD with a base, for five minutes at most", () => {
  assertEquals(readCompareOptions(["--base", "origin/main"]), {
    kind: "revisions",
    options: {
      base: "origin/main",
      head: null,
      what: { suite: "compare" },
      rounds: 20,
      maxTimeUs: 300e6,
      failOn: { verdict: "regression", share: 0.05 },
      json: null,
      outputs: { junit: null, markdown: null },
    },
  });
});

Deno.test("readCompareOptions() reads every option", () => {
  const request = readCompareOptions([
    ...["--base=a", "--head=.", "--scenario=x.yaml", "--rounds=30", "--max-time=90s"],
    ...["--fail-on", "improvement >= 2.5 %", "--json=c.json"],
    ...["--junit=c.xml", "--markdown=c.md"],
  ]);
  assertEquals(request, {
    kind: "revisions",
    options: {
      base: "a",
      head: ".",
      what: { file: "x.yaml" },
      rounds: 30,
      maxTimeUs: 90e6,
      failOn: { verdict: "improvement", share: 0.025 },
      json: "c.json",
      outputs: { junit: "c.xml", markdown: "c.md" },
    },
  });
});

Deno.test("readCompareOptions() takes two files instead", () => {
  const request = readCompareOptions(["a.json", "b.json"]);
  assert(request.kind === "files");
  assertEquals([request.options.base, request.options.head], ["a.json", "b.json"]);
});

const REFUSED: readonly (readonly [readonly string[], string])[] = [
  [[], "expected --base REVISION, or two result files, received neither"],
  [["a.json"], "expected two result files, received 1"],
  [["a.json", "b.json", "c.json"], "expected two result files, received 3"],
  [["a.json", "b.json", "--base", "x"], "--base expected no files beside it, received both"],
  [["--bsae", "x"], `expected a known option, received "--bsae" (did you mean "--base"?)`],
  [["--base", ""], "--base expected a value, received nothing"],
  [["--base", "x", "--suite", "compaer"], `--suite expected one of preempt, capacity, compare`],
  [["--base", "x", "--suite", "compare", "--scenario", "y"], "--suite expected no --scenario"],
  [["--base", "x", "--rounds", "5"], `--rounds expected an integer from 6 to 400, received "5"`],
  [["--base", "x", "--max-time", "soon"], `--max-time expected a time of up to 3600s such as 90s`],
  [["--base", "x", "--fail-on", "5%"], `--fail-on expected such as regression>=5%, received "5%"`],
];

for (const [args, message] of REFUSED) {
  Deno.test(`readCompareOptions() refuses ${args.join(" ") || "nothing"}`, () => {
    assertThrows(() => readCompareOptions(args), CompareError, `Cannot compare: ${message}`);
  });
}

Deno.test("the help text of compare fits a screen, and its examples are command lines", () => {
  const lines = HELP.split("\n");
  assert(lines.length <= 32 && lines.every((line) => line.length <= 90));
  const examples = codeLinesOf(HELP, "deno task compare");
  assertEquals(examples.length, 3);
  for (const example of examples) assert(readCompareOptions(example).kind !== "help");
});
