import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { parseChaosResult } from "../../lib/report/chaos_result.ts";
import { PERMISSIONS } from "./permissions.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;

function command(permissions: readonly string[], args: readonly string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", ...permissions, MAIN, "chaos", ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
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

Deno.test("chaos --help fits a screen, and wrong arguments point to it", async () => {
  const { code, stdout } = await chaos("--help");
  assertEquals([code, stdout.split("\n").length <= 50], [0, true]);
  const refused = await chaos("--seeds", "none");
  assertEquals([refused.code, refused.stdout], [2, ""]);
  assertStringIncludes(refused.stderr, "See deno task chaos --help.");
});
