import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { mergeJunit, readJunit, readLanes, summarize } from "../../.ci/count_junit.ts";

/** As Deno 2.9.6 writes it: a passed, a failed, a skipped and a cancelled test. */
const REPORT = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="4" failures="1" errors="1" time="0.052">
    <testsuite name="./tests/wire/a_test.ts" tests="4" disabled="1" errors="1" failures="1">
        <testcase name="passes &lt;failure&gt;" classname="./tests/wire/a_test.ts" time="0.001" line="1" col="6">
        </testcase>
        <testcase name="fails" classname="./tests/wire/a_test.ts" time="0.001" line="2" col="6">
            <failure message="Uncaught Error: &lt;skipped&gt;">Error: &lt;skipped/&gt;
    at file:///a_test.ts:2:30</failure>
        </testcase>
        <testcase name="ignored" classname="./tests/qemu/b_test.ts" time="0.000" line="3" col="11">
            <skipped/>
        </testcase>
        <testcase name="cancelled" classname="./tests/qemu/b_test.ts" time="0.000" line="4" col="11">
            <error message="Cancelled"/>
        </testcase>
    </testsuite>
</testsuites>
`;

/** What `deno test` writes when a module does not load. */
const EMPTY_REPORT = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="0" failures="0" errors="0" time="0.000">
</testsuites>
`;

const PASSED = { file: "tests/wire/a_test.ts", outcome: "passed" } as const;
const FAILED = { file: "tests/wire/a_test.ts", outcome: "failed" } as const;
const SKIPPED = { file: "tests/qemu/b_test.ts", outcome: "skipped" } as const;
const LANE = { name: "test", exitCode: 0, seconds: 7 } as const;

function lastLine(text: string): string {
  return text.split("\n").at(-1) ?? "";
}

Deno.test("readJunit() reads the outcome of every test case", () => {
  const outcomes = readJunit(REPORT).map(({ file, outcome }) => `${file} ${outcome}`);
  assertEquals(outcomes, [
    "tests/wire/a_test.ts passed",
    "tests/wire/a_test.ts failed",
    "tests/qemu/b_test.ts skipped",
    "tests/qemu/b_test.ts failed",
  ]);
});

Deno.test("readJunit() reads a report without tests", () => {
  assertEquals(readJunit(EMPTY_REPORT), []);
});

Deno.test("readJunit() refuses a report that was cut off anywhere", () => {
  const whole = REPORT.trimEnd();
  for (let length = 0; length < whole.length; length++) {
    assertThrows(() => readJunit(whole.slice(0, length)), SyntaxError, "Cannot read JUnit report");
  }
});

Deno.test("readJunit() refuses totals that its test cases do not have", () => {
  for (const [total, other] of [["tests", 4], ["failures", 1], ["errors", 1]] as const) {
    const wrong = REPORT.replace(`${total}="${other}"`, `${total}="${other + 1}"`);
    assertThrows(() => readJunit(wrong), SyntaxError);
  }
});

Deno.test("mergeJunit() keeps every test case of every report, and its outcome", () => {
  const merged = mergeJunit([REPORT, EMPTY_REPORT, REPORT]);
  assertEquals(readJunit(merged), [...readJunit(REPORT), ...readJunit(REPORT)]);
  assertEquals(readJunit(mergeJunit([])), []);
  assertStringIncludes(merged, 'name="passes &lt;failure&gt;"');
});

Deno.test("readLanes() reads lanes and refuses a line that is none", () => {
  assertEquals(readLanes("test\t0\t41\nlint\t1\t3\n"), [
    { name: "test", exitCode: 0, seconds: 41 },
    { name: "lint", exitCode: 1, seconds: 3 },
  ]);
  assertThrows(() => readLanes("test\t0\n"), SyntaxError, `received "test\t0"`);
});

Deno.test("summarize() counts tests and lanes together and ends with the count", () => {
  const { text, held } = summarize([[PASSED, SKIPPED], [PASSED]], [LANE, LANE], []);
  assertEquals([lastLine(text), held], ["4 passed, 0 failed, 1 skipped", true]);
});

Deno.test("summarize() leaves out skipped tests where there are none", () => {
  assertEquals(lastLine(summarize([[PASSED]], [LANE], []).text), "2 passed, 0 failed");
});

Deno.test("summarize() does not hold when a test or a lane failed", () => {
  const test = summarize([[PASSED, FAILED]], [LANE], []);
  assertEquals([lastLine(test.text), test.held], ["2 passed, 1 failed", false]);
  const lane = summarize([[PASSED]], [{ ...LANE, exitCode: 1 }], []);
  assertEquals([lastLine(lane.text), lane.held], ["1 passed, 1 failed", false]);
});

Deno.test("summarize() says which lane ran out of time", () => {
  const { text, held } = summarize([[PASSED]], [{ name: "bench", exitCode: 124, seconds: 60 }], []);
  assertMatch(text, /bench +60 s +TOO LONG/);
  assertEquals(held, false);
});

Deno.test("summarize() does not hold without a report, a passed test or a lane", () => {
  const missing = summarize([[PASSED], new Error("No report was left at x")], [LANE], []);
  assertEquals([lastLine(missing.text), missing.held], ["2 passed, 1 failed", false]);
  assertStringIncludes(missing.text, "No report was left at x");
  assertEquals(summarize([[]], [LANE], []).held, false);
  assertEquals(summarize([[SKIPPED]], [LANE], []).held, false);
  assertEquals(summarize([[PASSED]], [], []).held, false);
});

Deno.test("summarize() does not hold when every test of a demanded folder was skipped", () => {
  const skipped = summarize([[PASSED, SKIPPED]], [LANE], ["tests/qemu/"]);
  assertEquals(skipped.held, false);
  assertStringIncludes(skipped.text, "No test of tests/qemu/ ran");
  const ran = summarize([[PASSED, { ...SKIPPED, outcome: "passed" }]], [LANE], ["tests/qemu/"]);
  assertEquals(ran.held, true);
});
