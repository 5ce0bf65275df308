import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { formatChaosResult } from "../../lib/report/chaos_result.ts";
import { formatResult } from "../../lib/report/result.ts";
import { VIOLATED } from "./chaos_results.ts";
import { resultOf, runWith } from "./results.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;

/** Calls `report` as the task in deno.json does. */
async function report(...args: readonly string[]) {
  const command = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--allow-env", "--allow-read", "--allow-write", MAIN, "report"],
      ...args,
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const { code, stdout, stderr } = await command.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "report-test-" });
  await test(folder);
  await Deno.remove(folder, { recursive: true });
}

const TEXT = formatResult(resultOf([runWith()]));

Deno.test("report names the result that is not there, and not the page that would lie beside it", async () => {
  const { code, stderr } = await report("/no/such/folder/result.json");
  assertEquals(code, 2);
  assertStringIncludes(stderr, "Cannot read /no/such/folder/result.json");
});

Deno.test("report writes a page beside the result, or what is asked for", async () => {
  await inFolder(async (folder) => {
    const file = `${folder}/result.json`;
    Deno.writeTextFileSync(file, TEXT);
    const page = await report(file);
    assertEquals([page.code, page.stdout], [0, `Wrote ${folder}/result.html\n`]);
    assert(Deno.readTextFileSync(`${folder}/result.html`).startsWith("<!doctype html>"));
    const { code } = await report(file, `--junit=${folder}/j.xml`, `--trace=${folder}/t.json`);
    assertEquals(code, 0);
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assertEquals(names, ["j.xml", "result.html", "result.json", "t.json"]);
  });
});

const REFUSED: readonly (readonly [name: string, text: string, sentence: string])[] = [
  ["cut", TEXT.slice(0, TEXT.length / 2), "expected JSON"],
  ["empty", "", "expected JSON"],
  ["of another tool", `{"name": "k6", "metrics": {}}`, `schema: expected "faultline/result/1"`],
  [
    "of another version",
    TEXT.replace("faultline/result/1", "faultline/result/2"),
    `schema: expected "faultline/result/1", received "faultline/result/2"`,
  ],
  ["with NaN", TEXT.replace(`"downtime-ms": 2`, `"downtime-ms": NaN`), "expected JSON"],
  [
    "with a figure that is none",
    TEXT.replace(`"downtime-ms": 2`, `"downtime-ms": null`),
    "downtime-ms",
  ],
  ["without metrics", TEXT.replace(`"metrics"`, `"figures"`), "metrics: expected"],
];

Deno.test("report refuses a file that is no result with a sentence and exit code 2", async () => {
  await inFolder(async (folder) => {
    for (const [name, text, sentence] of REFUSED) {
      const file = `${folder}/result.json`;
      Deno.writeTextFileSync(file, text);
      const { code, stdout, stderr } = await report(file);
      assertEquals([code, stdout], [2, ""], name);
      assertStringIncludes(stderr, `Cannot read ${file}: `, name);
      assertStringIncludes(stderr, sentence, name);
    }
    const missing = await report(`${folder}/none.json`);
    assertEquals(missing.code, 2);
    assertStringIncludes(missing.stderr, `Cannot read ${folder}/none.json: `);
  });
});

const CHAOS = formatChaosResult(VIOLATED);

Deno.test("report shows a result of chaos as page, JUnit and Markdown", async () => {
  await inFolder(async (folder) => {
    const file = `${folder}/chaos.json`;
    Deno.writeTextFileSync(file, CHAOS);
    const { code, stdout } = await report(
      file,
      `--junit=${folder}/j.xml`,
      `--markdown=${folder}/m.md`,
    );
    assertEquals([code, stdout], [0, `Wrote ${folder}/j.xml\nWrote ${folder}/m.md\n`]);
    assertStringIncludes(Deno.readTextFileSync(`${folder}/j.xml`), `name="faultline chaos"`);
    assertStringIncludes(Deno.readTextFileSync(`${folder}/m.md`), "Faultline chaos: violated");
    const trace = await report(file, `--trace=${folder}/t.json`);
    assertEquals(trace.code, 2);
    assertStringIncludes(
      trace.stderr,
      "--trace expected a result of the bench, received one of chaos",
    );
    const two = await report(file, file);
    assertEquals(two.code, 2);
    assertStringIncludes(two.stderr, "OTHER.json expected none beside a result of chaos");
  });
});

const REFUSED_CHAOS: typeof REFUSED = [
  ["cut", CHAOS.slice(0, CHAOS.length / 2), "expected JSON"],
  [
    "of another version",
    CHAOS.replace("faultline/chaos/1", "faultline/chaos/2"),
    `schema: expected "faultline/chaos/1", received "faultline/chaos/2"`,
  ],
  ["of another kind", CHAOS.replace("faultline/chaos/1", "faultline/repro/1"), "schema: expected"],
  ["without coverage", CHAOS.replace(`"coverage"`, `"covered"`), "coverage: expected"],
  [
    "with a verdict that is none",
    CHAOS.replace(`"verdict": "violated"`, `"verdict": 1`),
    "verdict",
  ],
];

Deno.test("report refuses a file that is no result of chaos with a sentence and exit code 2", async () => {
  await inFolder(async (folder) => {
    const file = `${folder}/chaos.json`;
    for (const [name, text, sentence] of REFUSED_CHAOS) {
      Deno.writeTextFileSync(file, text);
      const { code, stdout, stderr } = await report(file);
      assertEquals([code, stdout], [2, ""], name);
      assertStringIncludes(stderr, `Cannot read ${file}: `, name);
      assertStringIncludes(stderr, sentence, name);
    }
  });
});

Deno.test("report names the option that is wrong", async () => {
  const { code, stderr } = await report("--junt", "x");
  assertEquals(code, 2);
  assertStringIncludes(stderr, `received "--junt" (did you mean "--junit"?)`);
  assertStringIncludes((await report()).stderr, "RESULT.json expected a file, received none");
});
