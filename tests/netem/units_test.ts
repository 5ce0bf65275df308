import { assertEquals } from "@std/assert";
import { formatQuantity, parseQuantity, type Quantity } from "../../lib/netem/units.ts";

/** What tc(8) says each unit means, in microseconds, bytes per second and bytes. */
const MEANINGS: readonly (readonly [Quantity, string, number])[] = [
  ["time", "7", 7],
  ["time", "7us", 7],
  ["time", "7usecs", 7],
  ["time", "7ms", 7_000],
  ["time", "1.5msec", 1_500],
  ["time", ".5s", 500_000],
  ["time", "7sec", 7_000_000],
  ["time", "7SECS", 7_000_000],
  ["time", "4.35ms", 4_350],
  ["time", "0", 0],
  ["rate", "8", 1],
  ["rate", "80bit", 10],
  ["rate", "8kbit", 1_000],
  ["rate", "8Kibit", 1_024],
  ["rate", "8mbit", 1_000_000],
  ["rate", "8mibit", 1_048_576],
  ["rate", "8gbit", 1_000_000_000],
  ["rate", "8tbit", 1_000_000_000_000],
  ["rate", "5bps", 5],
  ["rate", "5kbps", 5_000],
  ["rate", "5KiBps", 5_120],
  ["rate", "64mbps", 64_000_000],
  ["rate", "1gibps", 1_073_741_824],
  ["size", "5", 5],
  ["size", "5b", 5],
  ["size", "5k", 5_120],
  ["size", "5kb", 5_120],
  ["size", "8kbit", 1_024],
  ["size", "1mb", 1_048_576],
  ["size", "1m", 1_048_576],
  ["size", "8mbit", 1_048_576],
  ["size", "1gb", 1_073_741_824],
];

Deno.test("parseQuantity() gives every unit tc's meaning", () => {
  for (const [quantity, word, value] of MEANINGS) {
    assertEquals(parseQuantity(quantity, word), value, `${quantity} ${word}`);
  }
});

Deno.test("parseQuantity() refuses what is no number, has no such unit or is out of range", () => {
  const refused: readonly (readonly [Quantity, string])[] = [
    ["time", ""],
    ["time", "ms"],
    ["time", "-1ms"],
    ["time", "3601s"],
    ["time", "1h"],
    ["time", "1 ms"],
    ["time", "1e3"],
    ["time", "NaN"],
    ["time", "1constructor"],
    ["rate", "0"],
    ["rate", "-1kbit"],
    ["rate", "1ibit"],
    ["rate", "2tbps"],
    ["rate", "10%"],
    ["size", "0"],
    ["size", "0.1b"],
    ["size", "2gb"],
    ["size", "1gbps"],
  ];
  for (const [quantity, word] of refused) {
    assertEquals(parseQuantity(quantity, word), null, `${quantity} ${word}`);
  }
});

Deno.test("formatQuantity() writes the largest unit that holds the value", () => {
  assertEquals(formatQuantity("time", 1_000_000), "1s");
  assertEquals(formatQuantity("time", 1_001_000), "1001ms");
  assertEquals(formatQuantity("time", 1_001), "1001us");
  assertEquals(formatQuantity("time", 0), "0us");
  assertEquals(formatQuantity("rate", 64_000_000), "64mbps");
  assertEquals(formatQuantity("rate", 125), "125bps");
  assertEquals(formatQuantity("size", 1_048_576), "1mb");
  assertEquals(formatQuantity("size", 1_000), "1000b");
});
