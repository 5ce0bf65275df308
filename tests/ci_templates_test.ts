/**
 * Holds the workflows that others copy against the program: they parse, and each command in them exists with these options.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { parse } from "yaml";
import { readCompareOptions } from "../bench/compare/options.ts";
import { readOptions } from "../bench/options.ts";
import { readCommandLine } from "../chaos/command_line.ts";

const ROOT = new URL("../", import.meta.url);

/** What reads the options of a task; each throws for what it does not know. */
const READERS: Readonly<Record<string, (args: string[]) => unknown>> = {
  bench: readOptions,
  chaos: readCommandLine,
  compare: readCompareOptions,
};

/** Values of the variables of both systems: a commit, or a folder. */
const VARIABLES: readonly (readonly [RegExp, string])[] = [
  [/"\$\(git merge-base [^)]+\)"/g, "0123456789abcdef0123456789abcdef01234567"],
  [/\$\{\{ github\.[a-z._]+ \}\}|\$CI_[A-Z_]+/g, "0123456789abcdef0123456789abcdef01234567"],
  [/\$RESULTS/g, "results"],
];

/** Every text in a document that is a command line of a task. */
function commandsIn(value: unknown): string[] {
  if (typeof value === "string") {
    return value.split("\n").flatMap((line) => /deno task .*/.exec(line)?.[0] ?? []);
  }
  return typeof value === "object" && value !== null
    ? Object.values(value).flatMap(commandsIn)
    : [];
}

for (const file of [".ci/github.yml", ".ci/gitlab.yml"]) {
  Deno.test(`${file} benches, breaks and compares, by commands that there are`, () => {
    const document: unknown = parse(Deno.readTextFileSync(new URL(file, ROOT)));
    const tasks = JSON.parse(Deno.readTextFileSync(new URL("deno.json", ROOT))).tasks;
    const names = commandsIn(document).map((line) => {
      const filled = VARIABLES.reduce((text, [name, to]) => text.replaceAll(name, to), line);
      const [name = "", ...args] = filled.replace(/\s*\|\|.*/, "").split(/\s+/).slice(2);
      assert(name in tasks, `deno.json has no task ${name}`);
      READERS[name]!(args);
      return name;
    });
    assertEquals(names, ["bench", "chaos", "compare"]);
  });
}

Deno.test("the GitHub workflow runs on pull requests and keeps what came out, whatever it is", () => {
  const workflow = parse(Deno.readTextFileSync(new URL(".ci/github.yml", ROOT)));
  assert("pull_request" in workflow.on);
  const steps: readonly Record<string, unknown>[] = workflow.jobs.faultline.steps;
  assert(steps.every((step) => "run" in step || "uses" in step));
  assertEquals(steps.at(-1)?.["if"], "success() || failure()");
});
