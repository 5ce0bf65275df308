import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  ExpressionError,
  formatExpression,
  formatThreshold,
  parseExpression,
  parseSelector,
  parseThreshold,
} from "../../bench/expression.ts";
import { expressions, thresholds } from "./arbitrary_threshold.ts";

Deno.test("parseThreshold() reads what formatThreshold() writes", () => {
  fc.assert(fc.property(thresholds, (threshold) => {
    assertEquals(parseThreshold(formatThreshold(threshold)), threshold);
  }));
});

Deno.test("parseExpression() reads what formatExpression() writes", () => {
  fc.assert(fc.property(expressions, (expression) => {
    assertEquals(parseExpression(formatExpression(expression)), expression);
  }));
});

Deno.test("parseThreshold() gives text of any kind a meaning or an ExpressionError in it", () => {
  const words = ["downtime-ms", "[", "]", "=", ",", "<", ">=", "max(", ")", "+", "/", "20", "a"];
  const texts = fc.array(fc.constantFrom(...words, " "), { maxLength: 12 }).map((all) =>
    all.join("")
  );
  fc.assert(fc.property(fc.oneof(texts, fc.string()), (text) => {
    try {
      parseThreshold(text);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      assertEquals(error.column >= 1 && error.column <= text.length + 1, true);
    }
  }));
});

Deno.test("parseThreshold() reads the limit of the issue's async policies", () => {
  const selector = new Map([["x-preempt-connect", "async-after-main"]]);
  const text = "source.main-loop.longest-stall-ms[x-preempt-connect=async-after-main] <=\n" +
    "  max(10, floor.idle-loop.longest-stall-ms[x-preempt-connect=async-after-main] + 2)";
  assertEquals(parseThreshold(text), {
    value: { kind: "term", metric: "source.main-loop.longest-stall-ms", selector },
    operator: "<=",
    limit: {
      kind: "max",
      of: [{ kind: "number", value: 10 }, {
        kind: "sum",
        parts: [
          { kind: "term", metric: "floor.idle-loop.longest-stall-ms", selector },
          { kind: "number", value: 2 },
        ],
      }],
    },
  });
});

const REFUSED: readonly (readonly [string, number, string])[] = [
  ["", 1, "expected a metric, a number or max(, received the end"],
  [
    "downtim-ms < 3",
    1,
    `expected a metric, a number or max(, received "downtim-ms" (did you mean "downtime-ms"?)`,
  ],
  ["downtime-ms 3", 13, `expected "+", "/" or one of <=, >=, <, >, received "3"`],
  ["downtime-ms <", 14, "expected a metric, a number or max(, received the end"],
  ["downtime-ms < 3 4", 17, `expected "+", "/" or the end, received "4"`],
  ["downtime-ms < 20ms", 17, `expected "+", "/" or the end, received "ms"`],
  ["downtime-ms[ram] < 3", 16, `expected "=", received "]"`],
  ["downtime-ms[ram=] < 3", 17, `expected a value of ram, received "]"`],
  ["downtime-ms[ram=1, ram=2] < 3", 20, `expected each axis once, received "ram"`],
  ["downtime-ms[ram=1 < 3", 22, `expected "," or "]", received the end`],
  ["downtime-ms[] < 3", 13, `expected the name of an axis, received "]"`],
  ["downtime-ms < max(3)", 20, `expected ",", received ")"`],
  ["downtime-ms < max(3, 4", 23, `expected ")", received the end`],
  ["downtime-ms < -3", 15, `expected a metric, a number or max(, received "-3"`],
];

for (const [text, column, problem] of REFUSED) {
  Deno.test(`parseThreshold() refuses "${text}" at column ${column}`, () => {
    const error = assertThrows(() => parseThreshold(text), ExpressionError);
    assertEquals([error.column, error.problem], [column, problem]);
  });
}

Deno.test("parseSelector() reads axes with their values, and nothing as no choice", () => {
  assertEquals(
    parseSelector(" ram=1G, link = 64 mbps "),
    new Map([["ram", "1G"], ["link", "64 mbps"]]),
  );
  assertEquals(parseSelector(""), new Map());
  assertThrows(() => parseSelector("ram=1G]"), ExpressionError, `expected "," or the end`);
});
