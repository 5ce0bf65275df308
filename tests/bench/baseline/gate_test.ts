import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { BaselineGate } from "../../../bench/baseline/gate.ts";
import { colorsFor } from "../../../lib/report/colors.ts";
import { type Result, ResultError, type RunResult } from "../../../lib/report/result.ts";
import { runOf as namedRunOf } from "../runs.ts";

const runOf = (metrics: RunResult["metrics"]) => namedRunOf("test/scenario", {}, metrics);

const COLORS = colorsFor({ isTerminal: false, noColor: undefined });

function resultOf(runs: readonly RunResult[], price = 1): Result {
  return {
    schema: "faultline/result/1",
    commit: "abc",
    environment: { "price.page-copied-us": price },
    clock: "virtual",
    seed: 1,
    runs,
    thresholds: [],
    verdict: "pass",
  };
}

async function inFile(test: (file: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "gate-test-" });
  await test(`${folder}/baseline.json`);
  await Deno.remove(folder, { recursive: true });
}

const OLD = resultOf([runOf({ "downtime-ms": 10, "total-time-ms": 50 })]);

Deno.test("BaselineGate passes what it accepted, and keeps reason, commit and date", async () => {
  await inFile(async (file) => {
    await (await BaselineGate.open(file, "preempt")).accept(OLD, "it is faster now");
    const gate = await BaselineGate.open(file, "preempt");
    const { text, judgements } = gate.check(OLD, COLORS);
    assertEquals(text, "2 figures are within the baseline; every one is what it was.");
    assertEquals(judgements.map(({ verdict }) => verdict), ["pass"]);
    const { suites } = JSON.parse(Deno.readTextFileSync(file));
    const { reason, commit, date } = suites.preempt.accepted;
    assertEquals([reason, commit, date.length], ["it is faster now", "abc", 10]);
  });
});

Deno.test("BaselineGate fails with old, new and percent, until that is accepted", async () => {
  await inFile(async (file) => {
    await (await BaselineGate.open(file, "preempt")).accept(OLD, "first");
    const now = resultOf([runOf({ "downtime-ms": 12, "total-time-ms": 50.1 })], 1.5);
    const gate = await BaselineGate.open(file, "preempt");
    const { text, judgements } = gate.check(now, COLORS);
    assertStringIncludes(text, "price.page-copied-us was 1 and is 1.5");
    assertStringIncludes(text, "test/scenario downtime-ms   10   12   +20 %        1 %");
    assertEquals(judgements.map(({ value, limit, verdict }) => [value, limit, verdict]), [
      [1, 0, "fail"],
      [12, 10, "fail"],
    ]);
    await gate.accept(now, "second");
    const after = (await BaselineGate.open(file, "preempt")).check(now, COLORS);
    assertEquals(after.judgements.length, 1);
  });
});

Deno.test("BaselineGate finds everything new where nothing was accepted", async () => {
  await inFile(async (file) => {
    const { text } = (await BaselineGate.open(file, "capacity")).check(OLD, COLORS);
    assertStringIncludes(text, "test/scenario  not there  new");
  });
});

Deno.test("BaselineGate keeps other suites, and fails for one that is no more", async () => {
  await inFile(async (file) => {
    await (await BaselineGate.open(file, "preempt")).accept(OLD, "first");
    await (await BaselineGate.open(file, "capacity")).accept(OLD, "first");
    const text = Deno.readTextFileSync(file);
    Deno.writeTextFileSync(file, text.replace(`"capacity"`, `"bygone"`));
    const gate = await BaselineGate.open(file, "preempt");
    const { judgements } = gate.check(OLD, COLORS);
    assertEquals(judgements.map(({ verdict }) => verdict), ["pass", "fail"]);
    assertStringIncludes(judgements[1]?.expression ?? "", "suite bygone");
    await gate.accept(OLD, "it is gone");
    assertEquals(Object.keys(JSON.parse(Deno.readTextFileSync(file)).suites), ["preempt"]);
  });
});

Deno.test("BaselineGate refuses a file that is no baseline", async () => {
  await inFile(async (file) => {
    Deno.writeTextFileSync(file, JSON.stringify(OLD));
    await assertRejects(
      () => BaselineGate.open(file, "preempt"),
      ResultError,
      `schema: expected "faultline/baseline/1", received "faultline/result/1"`,
    );
  });
});
