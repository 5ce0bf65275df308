import { assertEquals, assertThrows } from "@std/assert";
import { readCommandLine, UsageError } from "../../chaos/command_line.ts";

Deno.test("chaos without options is a campaign of 60 s on all cores, seeded by the commit", () => {
  assertEquals(readCommandLine([]), {
    kind: "campaign",
    baseSeed: null,
    seeds: Infinity,
    seconds: 60,
    jobs: navigator.hardwareConcurrency,
    shard: { index: 0, count: 1 },
    strategy: "mixed",
    bounds: { deviations: 1 },
    violationsMax: 10,
    json: null,
    outputs: { html: null, junit: null, markdown: null },
    keep: null,
    quiet: false,
    requireCoverage: false,
  });
});

Deno.test("chaos --seed is one run, and with --seeds or --time the seed of a campaign", () => {
  assertEquals(readCommandLine(["--seed", "0x11"]), {
    kind: "seed",
    seed: 17n,
    strategy: "mixed",
    keep: null,
  });
  const many = readCommandLine(["--seed=17", "--seeds=5", "--jobs=1"]);
  assertEquals(many.kind === "campaign" && [many.baseSeed, many.seeds, many.seconds], [
    17n,
    5,
    Infinity,
  ]);
  const long = readCommandLine(["--seed=17", "--time=1.5m"]);
  assertEquals(long.kind === "campaign" && [long.baseSeed, long.seconds], [17n, 90]);
});

const WRONG: Readonly<Record<string, string>> = {
  "--sed 1": `expected a known option, received "--sed" (did you mean "--seed"?)`,
  "reset": `expected a known option, received "reset"`,
  "--seed=-1": `Cannot read seed "-1": expected a number from 0 to 2^64 - 1`,
  "--seeds 0": `--seeds expected an integer from 1 to 1000000000, received "0"`,
  "--time 0": `--time expected a time such as 90, 90s or 5m, received "0"`,
  "--time soon": `--time expected a time such as 90, 90s or 5m, received "soon"`,
  "--jobs 1.5": `--jobs expected an integer from 1 to 256, received "1.5"`,
  "--shard 3/2": `--shard expected I/N with I from 1 to N, received "3/2"`,
  "--shard half": `--shard expected I/N with I from 1 to N, received "half"`,
  "--deviations 9": `--deviations expected an integer from 0 to 3, received "9"`,
  "--replay=": "--replay expected a value, received nothing",
  "--seed 1 --junit x.xml":
    "--junit expected a campaign, with --seeds or --time, received one seed",
  "--strategy pcd": `received "pcd" (did you mean "pct"?)`,
};

for (const [line, message] of Object.entries(WRONG)) {
  Deno.test(`chaos ${line} is refused with a sentence`, () => {
    assertThrows(() => readCommandLine(line.split(" ")), UsageError, message);
  });
}
