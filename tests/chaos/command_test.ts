import { assertEquals, assertMatch, assertNotEquals, assertStringIncludes } from "@std/assert";
import { experimentOf, recordExperiment, withChoices } from "../../chaos/experiment.ts";
import { originOfCode } from "../../chaos/origin.ts";
import { formatRepro } from "../../chaos/repro.ts";
import { seedOfRun } from "../../chaos/seed.ts";
import { parseChaosResult } from "../../lib/report/chaos_result.ts";
import { interrupt } from "../tools/interrupt.ts";
import { PERMISSIONS } from "./permissions.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;

function command(
  permissions: readonly string[],
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", ...permissions, MAIN, "chaos", ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { GITHUB_STEP_SUMMARY: "", NO_COLOR: "1", ...env },
  });
}

async function chaos(...args: readonly string[]) {
  const { code, stdout, stderr } = await command(PERMISSIONS, args).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** Runs a campaign, and gives its result file. */
async function campaign(...args: readonly string[]) {
  const json = await Deno.makeTempFile({ prefix: "chaos-test-" });
  const { code } = await chaos(...args, "--json", json, "--quiet");
  const result = parseChaosResult(Deno.readTextFileSync(json), json);
  await Deno.remove(json);
  return { code, result };
}

Deno.test("a run of chaos needs no permission at all", async () => {
  const { code, stdout } = await command([], ["--seed", "17"]).output();
  assertEquals(code, 0);
  assertMatch(new TextDecoder().decode(stdout), /trace hash [0-9a-f]{16}\nholds\n$/);
});

Deno.test("the number of Workers changes nothing but the time", async () => {
  const [one, two] = [
    await campaign("--seed", "9", "--seeds", "100", "--jobs", "1"),
    await campaign("--seed", "9", "--seeds", "100", "--jobs", "2"),
  ];
  assertEquals([one.code, two.code], [0, 0]);
  assertEquals(one.result.seeds, 100);
  assertEquals(one.result.repeated, 5);
  const whatRan = ({ result }: typeof one) => {
    const { seconds: _, seedsPerSecond, virtualSecondsPerSecond, environment, ...rest } = result;
    assertEquals([seedsPerSecond > 0, virtualSecondsPerSecond > 0], [true, true]);
    assertEquals(typeof environment.jobs, "number");
    return rest;
  };
  assertEquals(whatRan(one), whatRan(two));
});

Deno.test("chaos --time ends by itself", async () => {
  const { code, result } = await campaign("--seed", "9", "--time", "1");
  assertEquals([code, result.verdict, result.seeds > 0], [0, "holds", true]);
});

Deno.test("chaos --require-coverage names what a campaign left out, and how long one takes that does not", async () => {
  const { code, stdout } = await chaos(
    ...["--seed", "9", "--seeds", "16", "--jobs", "1", "--quiet", "--require-coverage"],
  );
  assertEquals(code, 1);
  assertMatch(stdout, /^Not covered: [a-z-]+ in [a-z-]+(, [a-z-]+)* of the source$/m);
  assertMatch(stdout, /^Not covered: cancel-in-device, that a migration was cancelled in device$/m);
  assertMatch(stdout, /^Seeds that cover everything: \d+ and more; these were 16\.$/m);
});

Deno.test("chaos --junit and --markdown write a campaign for CI, and GitHub's summary where there is one", async () => {
  const folder = await Deno.makeTempDir({ prefix: "chaos-test-" });
  const files = [`--junit=${folder}/j.xml`, `--markdown=${folder}/m.md`];
  const args = ["--seed", "9", "--seeds", "16", "--jobs", "1", "--quiet", ...files];
  const summary = `${folder}/summary.md`;
  const { code } = await command(PERMISSIONS, args, { GITHUB_STEP_SUMMARY: summary }).output();
  assertEquals(code, 0);
  assertStringIncludes(Deno.readTextFileSync(`${folder}/j.xml`), 'name="request-served"');
  const markdown = Deno.readTextFileSync(`${folder}/m.md`);
  assertStringIncludes(markdown, "Every oracle held in every one of 16 runs.");
  assertEquals(Deno.readTextFileSync(summary), markdown);
  await Deno.remove(folder, { recursive: true });
});

/** A repro file of a run that holds, seen where the code has this fingerprint. */
async function withRepro(code: string, test: (file: string) => Promise<void>): Promise<void> {
  const seed = seedOfRun(6n, 0);
  const found = experimentOf(seed, "random");
  const { history, choices } = await recordExperiment(found);
  const file = await Deno.makeTempFile({ prefix: "chaos-test-", suffix: ".json" });
  const repro = formatRepro({
    schema: "faultline/repro/1",
    oracle: "settles-after-heal",
    message: "It did not",
    commit: "0".repeat(40),
    code,
    seed: String(seed),
    ...withChoices(found.plan, choices),
    traceHash: history.traceHash,
    found,
    shrinking: { tries: 1, seconds: 0.5, minimal: true },
  });
  await Deno.writeTextFile(file, repro);
  await test(file);
  await Deno.remove(file);
}

Deno.test("chaos --replay repeats a run step by step where the code is the same", async () => {
  await withRepro(originOfCode().code, async (file) => {
    const { code, stdout } = await chaos("--replay", file);
    assertEquals(code, 0);
    assertStringIncludes(stdout, "The run is the repro's, step by step.\nholds\n");
    const text = Deno.readTextFileSync(file).replace(/"traceHash": "../, `"traceHash": "zz`);
    Deno.writeTextFileSync(file, text);
    const other = await chaos("--replay", file);
    assertEquals(other.code, 1);
    assertStringIncludes(other.stdout, "determinism  The run took other steps than the repro's");
  });
});

Deno.test("chaos --replay runs the plan alone under 50 schedules where the code is another", async () => {
  await withRepro("0123456789abcdef", async (file) => {
    const { code, stdout } = await chaos("--replay", file);
    assertEquals(code, 0);
    assertStringIncludes(stdout, "The code is another than the repro's");
    assertStringIncludes(stdout, "0 of 50 schedules break an oracle");
  });
});

Deno.test("chaos --replay refuses what is no repro, with a sentence", async () => {
  await withRepro("0123456789abcdef", async (file) => {
    Deno.writeTextFileSync(file, Deno.readTextFileSync(file).slice(0, 700));
    const cut = await chaos("--replay", file);
    assertEquals([cut.code, cut.stdout], [2, ""]);
    assertStringIncludes(cut.stderr, `Cannot read ${file}: expected JSON`);
  });
  const missing = await chaos("--replay", "/nowhere.json");
  assertEquals([missing.code, missing.stdout], [2, ""]);
  assertStringIncludes(missing.stderr, "Cannot read /nowhere.json: ");
});

Deno.test("chaos --strategy exhaustive says how many schedules there were", async () => {
  const { code, result } = await campaign(
    ...["--strategy", "exhaustive", "--seed", "8", "--seeds", "1", "--jobs", "1"],
  );
  assertEquals([code, result.seeds], [0, 1]);
  assertEquals(result.schedules > 100, true);
});

Deno.test("chaos --shard runs other seeds than the other shards", async () => {
  const options = ["--seed", "9", "--seeds", "20", "--jobs", "1"];
  const one = await campaign(...options, "--shard", "1/2");
  const two = await campaign(...options, "--shard", "2/2");
  assertEquals([one.result.shard, two.result.shard], ["1/2", "2/2"]);
  assertNotEquals(one.result.traceHash, two.result.traceHash);
});

Deno.test("chaos tells what it has when it is interrupted", async () => {
  const campaign = command(PERMISSIONS, ["--seed", "9", "--time", "60"]);
  const { code, stdout, stderr } = await interrupt(campaign, 1500);
  assertEquals(code, 130);
  assertStringIncludes(stderr, "The campaign was interrupted.");
  assertMatch(stdout, /^\d+ seeds in /m);
});

Deno.test("chaos --help fits a screen, and wrong arguments point to it", async () => {
  const { code, stdout } = await chaos("--help");
  assertEquals([code, stdout.split("\n").length <= 50], [0, true]);
  const refused = await chaos("--seeds", "none");
  assertEquals([refused.code, refused.stdout], [2, ""]);
  assertStringIncludes(refused.stderr, "See deno task chaos --help.");
});
