import { assertEquals, assertThrows } from "@std/assert";
import { bindThreshold } from "../../bench/bind_expression.ts";
import { formatThreshold, parseSelector, parseThreshold } from "../../bench/expression.ts";
import { selectArm, SelectionError } from "../../bench/select_arm.ts";

const ARMS = [
  { scenario: "start", arm: { policy: "blocking", delay: 0 } },
  { scenario: "start", arm: { policy: "blocking", delay: 1000 } },
  { scenario: "start", arm: { policy: "async", delay: 1000 } },
  { scenario: "recovery", arm: { policy: "async", delay: 1000 } },
];

Deno.test("selectArm() finds the one arm that has all values", () => {
  assertEquals(selectArm(parseSelector("policy=blocking, delay=0"), ARMS), ARMS[0]);
  assertEquals(selectArm(parseSelector("scenario=recovery"), ARMS), ARMS[3]);
  assertEquals(selectArm(new Map(), ARMS.slice(0, 1)), ARMS[0]);
});

const REFUSED: readonly (readonly [string, string])[] = [
  ["policy=blocking", "expected one arm, received 2: say which delay"],
  ["policy=async", "expected one arm, received 2: say which scenario"],
  ["delay=1000", "expected one arm, received 3: say which scenario and policy"],
  [
    "policy=blokking",
    `policy expected one of blocking, async, received "blokking" (did you mean "blocking"?)`,
  ],
  [
    "polcy=async",
    `expected one of the axes scenario, policy, delay, received "polcy" (did you mean "policy"?)`,
  ],
  ["scenario=recovery, policy=blocking", `policy expected one of async, received "blocking"`],
];

for (const [selector, message] of REFUSED) {
  Deno.test(`selectArm() refuses [${selector}]: ${message}`, () => {
    assertThrows(() => selectArm(parseSelector(selector), ARMS), SelectionError, message);
  });
}

Deno.test("bindThreshold() spells every selector out, in a maximum and a ratio too", () => {
  const short =
    "downtime-ms[delay=0] / downtime-ms[scenario=recovery] < max(1, 2 + downtime-ms[delay=0])";
  const first = "downtime-ms[scenario=start, policy=blocking, delay=0]";
  const last = "downtime-ms[scenario=recovery, policy=async, delay=1000]";
  assertEquals(
    formatThreshold(bindThreshold(parseThreshold(short), ARMS)),
    `${first} / ${last} < max(1, 2 + ${first})`,
  );
});
