import { assertEquals, assertThrows } from "@std/assert";
import { formatThreshold } from "../../bench/expression.ts";
import { HELP } from "../../bench/help.ts";
import { ENGINE_OPTIONS } from "../../bench/engine_options.ts";
import { readOptions } from "../../bench/options.ts";
import { EMBEDDED_PAIR } from "../../lib/pair/pair.ts";
import { UsageError } from "../../bench/usage_error.ts";

Deno.test("readOptions() runs the default suite once, in real time", () => {
  assertEquals(readOptions([]), {
    kind: "run",
    options: {
      clock: "real",
      what: { suite: "preempt" },
      arm: new Map(),
      runs: 1,
      seed: 1,
      floors: true,
      json: null,
      thresholds: [],
      keep: null,
      quiet: false,
      bisect: false,
      answerTimeoutUs: 150_000_000,
      engines: EMBEDDED_PAIR,
      qemus: [],
      outputs: { html: null, junit: null, markdown: null, trace: null },
      baseline: null,
    },
  });
});

Deno.test("readOptions() reads every option, and a threshold as often as it is given", () => {
  const request = readOptions([
    "--clock=virtual",
    "--scenario",
    "x.yaml",
    "--arm=delay=250, link=64mbps",
    "--runs",
    "5",
    "--seed=7",
    "--json",
    "r.json",
    "--keep=kept",
    "--no-floors",
    "--quiet",
    "--bisect",
    "--answer-timeout=3s",
    "--threshold",
    "downtime-ms < 1",
    "--threshold=total-time-ms[delay=0] >= 2",
  ]);
  if (request.kind !== "run") throw new Error(request.kind);
  const { thresholds, ...options } = request.options;
  assertEquals(options, {
    clock: "virtual",
    what: { file: "x.yaml" },
    arm: new Map([["delay", "250"], ["link", "64mbps"]]),
    runs: 5,
    seed: 7,
    floors: false,
    json: "r.json",
    keep: "kept",
    quiet: true,
    bisect: true,
    answerTimeoutUs: 3_000_000,
    engines: EMBEDDED_PAIR,
    qemus: [],
    outputs: { html: null, junit: null, markdown: null, trace: null },
    baseline: null,
  });
  assertEquals(thresholds.map(formatThreshold), [
    "downtime-ms < 1",
    "total-time-ms[delay=0] >= 2",
  ]);
});

Deno.test("readOptions() reads --baseline and --accept, which mean virtual time", () => {
  const read = (...args: string[]) => {
    const request = readOptions(args);
    return request.kind === "run" && [request.options.clock, request.options.baseline];
  };
  assertEquals(read("--baseline"), ["virtual", { file: null, reason: null }]);
  assertEquals(read("--baseline=b.json", "--clock=virtual"), [
    "virtual",
    { file: "b.json", reason: null },
  ]);
  assertEquals(read("--accept", "--reason", "faster"), [
    "virtual",
    { file: null, reason: "faster" },
  ]);
});

Deno.test("readOptions() answers --help, --list and --explain, --help before anything else", () => {
  assertEquals(readOptions(["--clok", "--help"]), { kind: "help" });
  assertEquals(readOptions(["--list"]), { kind: "list" });
  assertEquals(readOptions(["--explain", "downtime-ms"]), {
    kind: "explain",
    metric: "downtime-ms",
  });
});

const REFUSED: readonly (readonly [readonly string[], string])[] = [
  [["--clok", "virtual"], `expected a known option, received "--clok" (did you mean "--clock"?)`],
  [["--frobnicate=1"], `expected a known option, received "--frobnicate"`],
  [["virtual"], `expected a known option, received "virtual"`],
  [
    ["--clock", "virtul"],
    `--clock expected one of real, virtual, received "virtul" (did you mean "virtual"?)`,
  ],
  [["--clock"], "--clock expected a value, received nothing"],
  [["--threshold"], "--threshold expected a value, received nothing"],
  [
    ["--suite", "prempt"],
    `--suite expected one of preempt, capacity, compare, interop, qemu, received "prempt" (did you`,
  ],
  [["--suite", "preempt", "--scenario", "x"], "--suite expected no --scenario beside it"],
  [["--runs", "0"], `--runs expected an integer from 1 to 1000, received "0"`],
  [["--runs", "many"], `--runs expected an integer from 1 to 1000, received "many"`],
  [["--seed=-1"], `--seed expected an integer from 0 to 4294967295, received "-1"`],
  [["--arm", "delay"], `--arm: Cannot read "delay": at column 6 expected "=", received the end`],
  [["--threshold", "downtime-ms"], `--threshold: Cannot read "downtime-ms": at column 12 expected`],
  [["--accept"], "--accept expected a --reason beside it, received none"],
  [["--accept", "--reason", ""], "--reason expected a value, received nothing"],
  [["--reason", "faster"], "--reason expected --accept beside it, received none"],
  [["--baseline", "--clock", "real"], "--baseline expected --clock virtual, received real"],
  [["--baseline", "--arm", "delay=1"], "--baseline expected no --arm beside it, received both"],
  [["--explain", "downtime"], `--explain expected a metric, received "downtime" (did you`],
];

for (const [args, message] of REFUSED) {
  Deno.test(`readOptions() refuses ${args.join(" ")}`, () => {
    assertThrows(() => readOptions(args), UsageError, `Cannot run the bench: ${message}`);
  });
}

Deno.test("the help text fits a screen and names every option", () => {
  const lines = HELP.split("\n");
  assertEquals(lines.length <= 45, true);
  assertEquals(lines.filter((line) => line.length > 90), []);
  for (const option of ["clock", "suite", "scenario", "arm", "runs", "seed", "threshold"]) {
    assertEquals(HELP.includes(`--${option} `), true, option);
  }
  for (const option of ENGINE_OPTIONS) assertEquals(HELP.includes(`--${option}`), true, option);
  for (const option of ["json", "keep", "quiet", "list", "explain", "accept", "bisect"]) {
    assertEquals(HELP.includes(`--${option} `), true, option);
  }
});
