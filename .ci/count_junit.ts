/**
 * Counts what `.ci/run` ran: the tests of Deno's JUnit reports, and the lanes; and makes one report of them. The hard thing in it is not to
 * be fooled: a run that crashed leaves no report, or an empty one, or one that was cut off, and none of them may look like a success.
 *
 *     deno run --allow-read --allow-write .ci/count_junit.ts LANES WHOLE REPORT... [--ran FOLDER]...
 *
 * @module
 */

/** One test, or one step of a test, of a report. */
export interface TestCase {
  /** The test's file from the root of the repository. */
  readonly file: string;
  readonly outcome: "passed" | "failed" | "skipped";
}

/** One lane of `.ci/run`. */
export interface Lane {
  readonly name: string;
  readonly exitCode: number;
  readonly seconds: number;
}

/** What to print, and whether everything held. The last line is `N passed, N failed[, N skipped]`. */
export interface Summary {
  readonly text: string;
  readonly held: boolean;
}

/**
 * Reads a JUnit report as `deno test --junit-path` writes it.
 *
 * @throws {SyntaxError} when it is cut off, or its totals are not those of its test cases.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const report = `<testsuites name="deno test" tests="1" failures="0" errors="0">
 *   <testcase name="works" classname="./tests/wire/ping_test.ts"></testcase>
 * </testsuites>`;
 * assertEquals(readJunit(report), [{ file: "tests/wire/ping_test.ts", outcome: "passed" }]);
 * ```
 */
export function readJunit(xml: string): TestCase[] {
  const cases: TestCase[] = [];
  const element = /<testcase\b((?:\s+[\w-]+="[^"]*")*)\s*(?:\/>|>([\s\S]*?)<\/testcase>)/g;
  for (const [, attributes = "", body = ""] of xml.matchAll(element)) {
    const file = readAttribute(attributes, "classname").replace(/^\.\//, "");
    cases.push({ file, outcome: readOutcome(body) });
  }
  const totals = totalsIn(xml);
  const failed = Number(readAttribute(totals, "failures")) +
    Number(readAttribute(totals, "errors"));
  const isWhole = xml.trimEnd().endsWith("</testsuites>") &&
    readAttribute(totals, "tests") === String(cases.length) && failed === count(cases, "failed");
  if (!isWhole) {
    throw new SyntaxError(
      `Cannot read JUnit report: expected the totals ${totals || "<testsuites ...>"}, received ` +
        `${cases.length} test cases of which ${count(cases, "failed")} failed`,
    );
  }
  return cases;
}

/** One report of several, each of which `readJunit` takes. */
export function mergeJunit(reports: readonly string[]): string {
  const totalsOf = (name: string) =>
    reports.reduce((sum, xml) => sum + Number(readAttribute(totalsIn(xml), name)), 0);
  const totals = ["tests", "failures", "errors"].map((name) => ` ${name}="${totalsOf(name)}"`);
  const suites = reports.map((xml) => xml.replace(/^[\s\S]*?<testsuites\b[^>]*>\n?/, ""))
    .map((xml) => xml.replace(/<\/testsuites>\s*$/, ""));
  return [
    '<?xml version="1.0" encoding="UTF-8"?>\n',
    `<testsuites name="deno test"${totals.join("")} time="${totalsOf("time").toFixed(3)}">\n`,
    ...suites,
    "</testsuites>\n",
  ].join("");
}

/**
 * Reads the lanes' file: a line for each, `NAME TAB EXIT_CODE TAB SECONDS`.
 *
 * @throws {SyntaxError} naming a line that is anything else.
 */
export function readLanes(text: string): Lane[] {
  return text.split("\n").filter((line) => line !== "").map((line) => {
    const match = /^([^\t]+)\t(\d+)\t(\d+)$/.exec(line);
    if (match === null) {
      throw new SyntaxError(
        `Cannot read lane: expected name, exit code, seconds, received "${line}"`,
      );
    }
    return { name: match[1]!, exitCode: Number(match[2]), seconds: Number(match[3]) };
  });
}

/**
 * Sums up a run. Each failed test, each failed lane and each problem counts as a failure.
 *
 * @param reports The test cases of each, or the reason why there are none.
 * @param ranFolders Folders of which at least one test must have run, and not been skipped.
 */
export function summarize(
  reports: readonly (readonly TestCase[] | Error)[],
  lanes: readonly Lane[],
  ranFolders: readonly string[],
): Summary {
  const cases = reports.flatMap((report) => report instanceof Error ? [] : report);
  const problems = reports.flatMap((report) => report instanceof Error ? [report.message] : []);
  if (count(cases, "passed") === 0) problems.push("No test passed");
  for (const folder of ranFolders) {
    const ran = cases.some(({ file, outcome }) => file.startsWith(folder) && outcome !== "skipped");
    if (!ran) problems.push(`No test of ${folder} ran`);
  }
  if (lanes.length === 0) problems.push("No lane ran");
  const failedLanes = lanes.filter(({ exitCode }) => exitCode !== 0).length;
  const passed = count(cases, "passed") + lanes.length - failedLanes;
  const failed = count(cases, "failed") + failedLanes + problems.length;
  const skipped = count(cases, "skipped");
  const lines = [
    ...lanes.map(formatLane),
    ...problems.map((problem) => `PROBLEM  ${problem}`),
    `${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`,
  ];
  return { text: lines.join("\n"), held: failed === 0 };
}

function formatLane({ name, exitCode, seconds }: Lane): string {
  const result = exitCode === 0 ? "passed" : exitCode === 124 ? "TOO LONG" : `FAILED (${exitCode})`;
  return `lane ${name.padEnd(16)} ${String(seconds).padStart(4)} s  ${result}`;
}

function totalsIn(xml: string): string {
  return /<testsuites\b[^>]*>/.exec(xml)?.[0] ?? "";
}

function readAttribute(tag: string, name: string): string {
  return new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? "";
}

/** Text is escaped in a report, so a tag in the body is a tag. */
function readOutcome(body: string): TestCase["outcome"] {
  if (/<(?:failure|error)\b/.test(body)) return "failed";
  return /<skipped\b/.test(body) ? "skipped" : "passed";
}

function count(cases: readonly TestCase[], outcome: TestCase["outcome"]): number {
  return cases.filter((test) => test.outcome === outcome).length;
}

/** The text of a report that is whole, or why there is none. */
function loadReport(path: string): string | Error {
  try {
    const xml = Deno.readTextFileSync(path);
    readJunit(xml);
    return xml;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return new Error(`No report was left at ${path}`);
    return error instanceof Error ? error : new Error(String(error));
  }
}

if (import.meta.main) {
  const [lanes = "", whole = "", ...rest] = Deno.args;
  const options = rest.indexOf("--ran");
  const paths = options < 0 ? rest : rest.slice(0, options);
  const reports = paths.map(loadReport);
  Deno.writeTextFileSync(whole, mergeJunit(reports.filter((report) => typeof report === "string")));
  const summary = summarize(
    reports.map((report) => report instanceof Error ? report : readJunit(report)),
    readLanes(Deno.readTextFileSync(lanes)),
    rest.slice(paths.length).filter((option) => option !== "--ran"),
  );
  // deno-lint-ignore no-console -- printing is what this program is for
  console.log(summary.text);
  Deno.exit(summary.held ? 0 : 1);
}
