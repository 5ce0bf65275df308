/**
 * The help texts: they fit a screen, and their examples are command lines that the program takes.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { HELP as BENCH } from "../bench/help.ts";
import { readOptions } from "../bench/options.ts";
import { readCommandLine } from "../chaos/command_line.ts";
import { HELP as CHAOS } from "../chaos/help.ts";
import { HELP as REPORT } from "../lib/report/report_help.ts";
import { formatChaosResult } from "../lib/report/chaos_result.ts";
import { formatResult } from "../lib/report/result.ts";
import { VIOLATED } from "./report/chaos_results.ts";
import { resultOf, runWith } from "./report/results.ts";

const MAIN = new URL("../main.ts", import.meta.url).pathname;

/** A screen, with room for the prompt. */
const [LINES_MAX, LETTERS_MAX] = [50, 100];

/** The arguments of each example in a help text, as a shell would split them. */
function examplesIn(help: string): string[][] {
  const [, examples = ""] = help.split("Examples:\n");
  return examples.split(/^ {2}deno task \w+/m).slice(1).map((line) => {
    const hash = "0123456789abcdef0123456789abcdef01234567";
    const words = line.replace("$(git rev-parse HEAD)", hash).trim().match(/'[^']*'|[^\s']+/g);
    return (words ?? []).map((word) => word.replaceAll("'", ""));
  });
}

for (const [name, help] of Object.entries({ bench: BENCH, chaos: CHAOS, report: REPORT })) {
  Deno.test(`${name} --help fits a screen and has examples`, () => {
    const lines = help.split("\n");
    assert(lines.length <= LINES_MAX, `${lines.length} lines`);
    for (const line of lines) assert(line.length <= LETTERS_MAX, line);
    assert(examplesIn(help).length > 1);
  });
}

Deno.test("bench takes the examples of its help", () => {
  for (const example of examplesIn(BENCH)) assertEquals(readOptions(example).kind, "run");
});

Deno.test("chaos takes the examples of its help", () => {
  for (const example of examplesIn(CHAOS)) assert(readCommandLine(example).kind !== "help");
});

Deno.test("report carries out the examples of its help", async () => {
  const cwd = await Deno.makeTempDir({ prefix: "help-test-" });
  for (const file of ["result", "real", "virtual", "today", "yesterday"]) {
    const clock = file === "virtual" ? "virtual" : "real";
    Deno.writeTextFileSync(`${cwd}/${file}.json`, formatResult(resultOf([runWith()], { clock })));
  }
  Deno.writeTextFileSync(`${cwd}/chaos.json`, formatChaosResult(VIOLATED));
  for (const example of examplesIn(REPORT)) {
    const permissions = ["--no-prompt", "--allow-env", "--allow-read", "--allow-write"];
    const args = ["run", ...permissions, MAIN, "report", ...example];
    const { code, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd }).output();
    assertEquals([code, new TextDecoder().decode(stderr)], [0, ""], example.join(" "));
  }
  await Deno.remove(cwd, { recursive: true });
});
