import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { Distribution } from "../../lib/netem/conditions.ts";
import {
  formatNetem,
  type NetemConditions,
  NetemError,
  parseNetem,
} from "../../lib/netem/grammar.ts";

const timeUs = fc.oneof(
  fc.integer({ min: 1, max: 3_600_000_000 }),
  fc.integer({ min: 1, max: 3600 }).map((seconds) => seconds * 1_000_000),
);

const delay = fc.oneof(
  timeUs.map((timeUs) => ({ timeUs, jitterUs: 0, distribution: "uniform" as const })),
  fc.tuple(timeUs, timeUs, fc.constantFrom<Distribution>("uniform", "normal", "pareto")).map(
    ([timeUs, jitterUs, distribution]) => ({ timeUs, jitterUs, distribution }),
  ),
);

const rate = fc.tuple(fc.integer({ min: 1, max: 1e12 }), fc.constantFrom("channel", "link")).map(
  ([bytesPerSecond, of]) => ({ bytesPerSecond, of }),
);

const traffic = fc.record(
  { delay, rate, limitBytes: fc.integer({ min: 1, max: 2 ** 30 }) },
  { requiredKeys: [], noNullPrototype: true },
).filter((traffic) => Object.keys(traffic).length > 0);

const connect = fc.oneof(
  timeUs.map((delayUs) => ({ kind: "delay" as const, delayUs })),
  fc.constantFrom("hang", "refuse", "reset").map((kind) => ({ kind })),
);

const conditions = fc.record({ connect, traffic }, {
  requiredKeys: [],
  noNullPrototype: true,
}) as fc.Arbitrary<
  NetemConditions
>;

Deno.test("parseNetem() reads back what formatNetem() writes", () => {
  fc.assert(fc.property(conditions, (conditions) => {
    assertEquals(parseNetem(formatNetem(conditions)), conditions);
  }));
});

Deno.test("parseNetem() either parses or throws a NetemError that points at a word", () => {
  const word = fc.oneof(
    fc.constantFrom("connect", "delay", "rate", "limit", "of", "link", "hang", "distribution"),
    fc.constantFrom("10ms", "1mbit", "1kb", "normal", "-1", "0", ""),
    fc.string(),
  );
  fc.assert(fc.property(fc.array(word, { maxLength: 8 }), (words) => {
    const text = words.join(" ");
    try {
      const read = parseNetem(text);
      assertEquals(parseNetem(formatNetem(read)), read);
    } catch (error) {
      assert(error instanceof NetemError);
      assertEquals(
        text.substring(error.column - 1, error.column - 1 + error.word.length),
        error.word,
      );
    }
  }));
});

Deno.test("parseNetem() reads clauses in any order and an empty text as no condition", () => {
  assertEquals(parseNetem(""), {});
  assertEquals(parseNetem("  limit 64kb\tdelay 10ms 2ms distribution pareto\n connect reset "), {
    connect: { kind: "reset" },
    traffic: {
      delay: { timeUs: 10_000, jitterUs: 2_000, distribution: "pareto" },
      limitBytes: 65_536,
    },
  });
});

Deno.test("parseNetem() takes a rate for the channel's and a jitter for uniform unless told", () => {
  assertEquals(parseNetem("rate 1kbps delay 2ms 1ms").traffic, {
    rate: { bytesPerSecond: 1000, of: "channel" },
    delay: { timeUs: 2_000, jitterUs: 1_000, distribution: "uniform" },
  });
});

/** Texts that do not parse: the word, its column, and what the message says was expected. */
const ERRORS: readonly (readonly [text: string, word: string, column: number, expected: RegExp])[] =
  [
    ["loss 5%", "loss", 1, /^"connect", "delay", "rate" or "limit"$/],
    ["hang", "hang", 1, /^"connect", "delay", "rate" or "limit"$/],
    ["connect", "", 8, /^"delay", "hang", "refuse" or "reset"$/],
    ["connect slow", "slow", 9, /^"delay", "hang", "refuse" or "reset"$/],
    ["connect delay", "", 14, /^a time of 0 to 3600s/],
    ["connect delay soon", "soon", 15, /^a time of 0 to 3600s/],
    ["connect delay -1ms", "-1ms", 15, /^a time of 0 to 3600s/],
    ["connect hang hang", "hang", 14, /^"delay", "rate" or "limit"$/],
    ["delay 10xs", "10xs", 7, /^a time of 0 to 3600s/],
    ["delay 2h", "2h", 7, /^a time of 0 to 3600s/],
    ["delay 3601s", "3601s", 7, /^a time of 0 to 3600s/],
    ["delay 10ms 2msec. ", "2msec.", 12, /^a time of 0 to 3600s/],
    ["delay 10ms 2ms dist normal", "dist", 16, /^"distribution", "connect", "rate" or "limit"$/],
    ["delay 10ms distribution normal", "distribution", 12, /^a jitter such as 2ms, "connect", /],
    ["delay 1ms 0ms distribution normal", "distribution", 15, /^"connect", "rate" or "limit"$/],
    ["delay 10ms 2ms distribution bell", "bell", 29, /^"uniform", "normal" or "pareto"$/],
    ["rate 0", "0", 6, /^a rate of 1bps to 1tbps/],
    ["rate 64mb", "64mb", 6, /^a rate of 1bps to 1tbps/],
    ["rate 1mbit of", "", 14, /^"channel" or "link"$/],
    ["rate 1mbit off link", "off", 12, /^"of", "connect", "delay" or "limit"$/],
    ["limit 0", "0", 7, /^a size of 1b to 1gb/],
    ["limit 1000packets", "1000packets", 7, /^a size of 1b to 1gb/],
    ["delay 1ms delay 2ms", "delay", 11, /^a jitter such as 2ms, "connect", "rate" or "limit"$/],
    ["connect hang rate 1kbit limit 5 delay 1ms 1ms distribution normal x", "x", 67, /^the end$/],
  ];

Deno.test("parseNetem() names the word, its column and what was expected there", () => {
  for (const [text, word, column, expected] of ERRORS) {
    const error = assertThrows(() => parseNetem(text), NetemError);
    assertEquals([error.word, error.column], [word, column], text);
    assert(expected.test(error.expected), `${text}: ${error.expected}`);
  }
  assertThrows(
    () => parseNetem("connect slow"),
    NetemError,
    'Cannot read link conditions "connect slow": expected "delay", "hang", "refuse" or "reset" at column 9, received "slow"',
  );
});
