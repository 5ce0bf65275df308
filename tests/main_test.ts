import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { PERMISSIONS } from "../bench/run_isolated.ts";
import { parseResult } from "../lib/report/result.ts";
import { ARRIVE, ENTER_POSTCOPY, scenarioYaml, stepsYaml } from "./bench/scenario_yaml.ts";
import { interrupt } from "./tools/interrupt.ts";

const MAIN = new URL("../main.ts", import.meta.url).pathname;

/** How a call of the program ended. */
interface Call {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process of the program. */
function command(args: readonly string[], env: Record<string, string> = {}): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", ...PERMISSIONS, "--allow-run", MAIN, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1", ...env },
  });
}

/** Calls the program and waits for its end. */
async function faultline(...args: readonly string[]): Promise<Call> {
  const { code, stdout, stderr } = await command(args).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** A folder for one test. */
async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "main-test-" });
  await test(folder);
  await Deno.remove(folder, { recursive: true });
}

const MIGRATION = scenarioYaml({
  arms: "{ preempt: [false, true] }",
  capabilities: "\n  postcopy-ram: true\n  postcopy-preempt: ${preempt}",
  steps: stepsYaml(...ENTER_POSTCOPY, ...ARRIVE),
});

Deno.test("faultline --help names the subcommands, as a call without arguments does", async () => {
  const help = await faultline("--help");
  assertEquals([help.code, help.stderr], [0, ""]);
  for (
    const name of ["bench", "chaos", "compare", "engine", "mutants", "report", "tap", "decode"]
  ) {
    assertStringIncludes(help.stdout, `\n  ${name} `);
  }
  assertEquals(await faultline(), help);
});

Deno.test("faultline refuses another subcommand, with the nearest one", async () => {
  const { code, stderr } = await faultline("bnech");
  assertEquals(code, 2);
  assertEquals(
    stderr,
    `Cannot run "bnech": expected one of bench, chaos, compare, engine, mutants, report, tap, decode (did you mean "bench"?)\n`,
  );
});

Deno.test("bench refuses an option that it does not know, on stderr and with exit code 2", async () => {
  const { code, stdout, stderr } = await faultline("bench", "--clok", "virtual");
  assertEquals([code, stdout], [2, ""]);
  assertMatch(stderr, /received "--clok" \(did you mean "--clock"\?\)\nSee .* --help\.\n$/);
});

Deno.test("bench --list, --help and --explain answer on stdout", async () => {
  const list = await faultline("bench", "--list");
  assertEquals([list.code, list.stderr], [0, ""]);
  assertStringIncludes(list.stdout, "preempt-connect/recovery (9 arms)");
  assertStringIncludes((await faultline("bench", "--help")).stdout, "Usage: deno task bench");
  const { stdout } = await faultline("bench", "--explain", "downtime-ms");
  assertMatch(
    stdout,
    /^downtime-ms \(unit: ms; measured by both clocks\)\n\n.*Lower is better\.\n$/s,
  );
});

Deno.test("bench names file, line and column of what is wrong with a scenario", async () => {
  await inFolder(async (folder) => {
    const file = `${folder}/x.yaml`;
    Deno.writeTextFileSync(file, scenarioYaml({ ram: "many" }));
    const { code, stderr } = await faultline("bench", "--scenario", file);
    assertEquals(code, 2);
    assertStringIncludes(stderr, `${file}:3:6: ram: expected a number with K, M or G`);
  });
});

Deno.test("bench refuses a threshold that means two arms before it runs anything", async () => {
  await inFolder(async (folder) => {
    const file = `${folder}/x.yaml`;
    Deno.writeTextFileSync(file, MIGRATION);
    const { code, stdout, stderr } = await faultline(
      ...["bench", "--clock", "virtual", "--scenario", file, "--threshold", "downtime-ms < 1"],
    );
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, "--threshold: expected one arm, received 2: say which preempt");
  });
});

for (
  const [option, ...command] of [
    ["--json", "bench", "--clock", "virtual"],
    ["--baseline", "bench", "--accept", "--reason", "a test"],
    ["--html", "chaos", "--seeds", "1000000"],
    ["--markdown", "compare", "--base", "HEAD"],
    ["--json", "tap", "--listen", "unix:/tmp/none", "--forward", "unix:/tmp/none"],
  ] as const
) {
  Deno.test(`${command[0]} looks at where ${option} goes before it begins`, async () => {
    const { code, stderr } = await faultline(...command, option, "/no/such/folder/file");
    assertEquals(code, 2);
    assertStringIncludes(
      stderr,
      `Cannot write ${option}: expected a file in a folder that exists, received /no/such/folder/file`,
    );
  });
}

Deno.test("bench writes the same result from two processes in virtual time", async () => {
  await inFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/x.yaml`, MIGRATION);
    const results = [];
    for (const name of ["first.json", "second.json"]) {
      const { code, stdout } = await faultline(
        ...["bench", "--clock=virtual", `--scenario=${folder}/x.yaml`, `--json=${folder}/${name}`],
      );
      assertEquals(code, 0);
      assert(stdout.endsWith("\npass\n"));
      results.push(Deno.readTextFileSync(`${folder}/${name}`));
    }
    assertEquals(results[0], results[1]);
    const { runs, verdict } = parseResult(results[0] ?? "", "first.json");
    assertEquals(runs.map(({ arm }) => arm), [{ preempt: false }, { preempt: true }]);
    assertEquals(verdict, "pass");
  });
});

Deno.test("bench exits with 1 where a threshold does not hold, and says which", async () => {
  await inFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/x.yaml`, MIGRATION);
    const { code, stdout } = await faultline(
      ...["bench", "--clock=virtual", `--scenario=${folder}/x.yaml`, "--quiet"],
      ...["--arm=preempt=true", "--threshold=downtime-ms < 0.001"],
    );
    assertEquals(code, 1);
    assertMatch(
      stdout,
      /^fail {2}downtime-ms\[scenario=test\/scenario, preempt=true\] < 0\.001: value [\d.]+, limit 0\.001, \d+ limits beyond\nfail\n$/,
    );
  });
});

Deno.test("bench --baseline exits with 1 where a figure moved or an arm vanished, and with 2 for another file", async () => {
  await inFolder(async (folder) => {
    const file = `${folder}/baseline.json`;
    const baseline = JSON.parse(
      Deno.readTextFileSync(new URL("../bench/baseline.json", import.meta.url)),
    );
    const [run, other] = baseline.suites.preempt.runs;
    run.metrics["downtime-ms"] *= 1.1;
    other.arm["connect-delay-ms"] = 7;
    Deno.writeTextFileSync(file, JSON.stringify(baseline));
    const { code, stdout } = await faultline("bench", `--baseline=${file}`, "--quiet");
    assertEquals(code, 1);
    assertMatch(stdout, / connect-delay-ms=7\] +there +vanished/);
    assertMatch(stdout, / connect-delay-ms=250\] +not there +new/);
    assertMatch(stdout, / downtime-ms +[\d.]+ +[\d.]+ +-9\.1 % +1 %/);
    const refused = await faultline("bench", `--baseline=${import.meta.filename}`, "--quiet");
    assertEquals([refused.code, refused.stdout], [2, ""]);
    assertMatch(refused.stderr, /^Cannot read .*: expected JSON/);
  });
});

Deno.test("bench gives each run a process of its own where a scenario asks for it", async () => {
  await inFolder(async (folder) => {
    const scenario = `${MIGRATION}process-per-run: true\nwarm-up: { for: 1ms }\n`;
    Deno.writeTextFileSync(`${folder}/x.yaml`, scenario);
    const { code } = await faultline(
      ...["bench", `--scenario=${folder}/x.yaml`, `--json=${folder}/r.json`, "--quiet"],
    );
    assertEquals(code, 0);
    const { runs } = parseResult(Deno.readTextFileSync(`${folder}/r.json`), "r.json");
    assertEquals(runs.map(({ arm }) => arm), [{ preempt: false }, { preempt: true }]);
    for (const { metrics, outcome } of runs) {
      assertEquals([outcome.guest, outcome.ram], ["destination", "identical"]);
      assert(metrics["floor.stream-mib-per-s"]! > 0 && metrics["process.peak-rss-mib"]! > 0);
    }
  });
});

const WAITING = scenarioYaml({ steps: stepsYaml("{ wait: 60s }"), arms: "{ arm: [1, 2] }" });

/** Interrupts a bench with this scenario, and holds that it says so and leaves nothing. @param afterMs since it began. */
async function assertInterruptible(scenario: string, afterMs: number): Promise<void> {
  await inFolder(async (folder) => {
    const file = `${folder}/x.yaml`;
    Deno.writeTextFileSync(file, scenario);
    const temporary = `${folder}/tmp`;
    Deno.mkdirSync(temporary);
    const bench = command(["bench", "--scenario", file], { TMPDIR: temporary });
    const { code, stderr } = await interrupt(bench, afterMs);
    assertEquals(code, 130);
    assertStringIncludes(stderr, "The bench was interrupted.");
    assertEquals([...Deno.readDirSync(temporary)], []);
  });
}

Deno.test("bench leaves nothing behind when it is interrupted while it starts", () =>
  assertInterruptible(WAITING, 0));

Deno.test("bench leaves nothing behind when it is interrupted in the middle of a run", () =>
  assertInterruptible(WAITING, 1500));

Deno.test("bench leaves nothing behind when it is interrupted while a process of its own runs", () =>
  assertInterruptible(`${WAITING}process-per-run: true\n`, 1500));
