/**
 * `compare` as a process, on revisions of this repository and on files.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { git } from "../../../bench/compare/git.ts";
import { PERMISSIONS } from "../../../bench/run_isolated.ts";
import { ARRIVE, ENTER_POSTCOPY, scenarioYaml, stepsYaml } from "../scenario_yaml.ts";
import { interrupt } from "../../tools/interrupt.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;

function compare(args: readonly string[], env: Record<string, string> = {}): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", ...PERMISSIONS, "--allow-run", `${ROOT}main.ts`, "compare", ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1", ...env },
  });
}

async function call(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const { code, stdout, stderr } = await compare(args, env).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "compare-test-" });
  await test(folder);
  await Deno.remove(folder, { recursive: true });
}

/** What git still knows of that was checked out below a folder. Other tests have worktrees of this repository as well. */
async function worktrees(folder: string): Promise<string[]> {
  return (await git(ROOT, ["worktree", "list"])).split("\n").filter((one) => one.includes(folder));
}

const MIGRATION = `${
  scenarioYaml({
    capabilities: "\n  postcopy-ram: true\n  postcopy-preempt: true",
    steps: stepsYaml(...ENTER_POSTCOPY, ...ARRIVE),
  })
}warm-up: { for: 1ms }\n`;

Deno.test("compare runs a revision against itself in turns, and leaves nothing behind", async () => {
  await inFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/x.yaml`, MIGRATION);
    Deno.mkdirSync(`${folder}/tmp`);
    const { code, stdout, stderr } = await call([
      ...["--base", "HEAD", "--head", "HEAD", "--scenario", `${folder}/x.yaml`],
      ...["--rounds", "6", "--max-time", "6s", "--json", `${folder}/c.json`],
    ], { TMPDIR: `${folder}/tmp` });
    assertEquals(code, 3, stdout + stderr);
    assertMatch(stdout, /figure +base +head +change +95 % sure +limit +margin +verdict\n/);
    assertMatch(stdout, /\ninconclusive\n$/);
    const { schema, pairs, figures } = JSON.parse(Deno.readTextFileSync(`${folder}/c.json`));
    assertEquals(schema, "faultline/comparison/1");
    assert(pairs >= 1 && figures.length > 5);
    for (const { base, head } of figures) assertEquals([base.length, head.length], [pairs, pairs]);
    assertEquals([[...Deno.readDirSync(`${folder}/tmp`)], await worktrees(folder)], [[], []]);
  });
});

Deno.test("compare leaves nothing behind when it is interrupted", async () => {
  await inFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/x.yaml`, MIGRATION);
    const args = ["--base", "HEAD", "--head", "HEAD", "--scenario", `${folder}/x.yaml`];
    Deno.mkdirSync(`${folder}/tmp`);
    // Behind the look at the machine, in most cases; whatever it has come to by then, it ends the same way.
    const { code, stderr } = await interrupt(compare(args, { TMPDIR: `${folder}/tmp` }), 7000);
    assertEquals(code, 130);
    assertStringIncludes(stderr, "The comparison was interrupted.");
    assertEquals([[...Deno.readDirSync(`${folder}/tmp`)], await worktrees(folder)], [[], []]);
  });
});

Deno.test("compare answers a revision that there is not with a sentence and 2", async () => {
  const { code, stdout, stderr } = await call(["--base", "nowhere"]);
  assertEquals([code, stdout], [2, ""]);
  assertEquals(
    stderr,
    `Cannot compare: --base expected a revision of this repository, received "nowhere"\n` +
      "See deno task compare --help.\n",
  );
});

const FILES: readonly (readonly [string, string, RegExp])[] = [
  ["is empty", "", /a\.json: expected JSON/],
  ["was cut off", `{"schema": "faultline/result/1", "comm`, /a\.json: expected JSON/],
  [
    "is another tool's",
    `{"results": []}`,
    /schema: expected "faultline\/result\/1", received nothing/,
  ],
  ["has another version", `{"schema": "faultline/result/9"}`, /received "faultline\/result\/9"/],
  ["holds a NaN", `{"schema": "faultline/result/1", "seed": NaN}`, /expected JSON/],
];

for (const [name, text, message] of FILES) {
  Deno.test(`compare answers a file that ${name} with a sentence and 2`, async () => {
    await inFolder(async (folder) => {
      Deno.writeTextFileSync(`${folder}/a.json`, text);
      const { code, stdout, stderr } = await call([`${folder}/a.json`, `${folder}/a.json`]);
      assertEquals([code, stdout], [2, ""]);
      assertMatch(stderr, /^Cannot read /);
      assertMatch(stderr, message);
    });
  });
}

Deno.test("compare answers a file that is not there with a sentence and 2", async () => {
  const { code, stderr } = await call(["/nowhere/a.json", "/nowhere/b.json"]);
  assertEquals(code, 2);
  assertStringIncludes(
    stderr,
    "Cannot compare: expected a result file, found none at /nowhere/a.json",
  );
});

Deno.test("compare --help answers on stdout", async () => {
  const { code, stdout, stderr } = await call(["--help"]);
  assertEquals([code, stderr], [0, ""]);
  assertStringIncludes(stdout, "Usage: deno task compare");
});
