import { assertEquals } from "@std/assert";
import { parseArgs } from "@std/cli/parse-args";
import { parseArgs as parseArgsOfMod } from "@std/cli";

Deno.test("parseArgs() without options turns what looks like a number into one", () => {
  assertEquals(parseArgs(["run", "7", "--runs", "5", "--seed=0x10", "--rate", "1.5e3", "--v"]), {
    _: ["run", 7],
    runs: 5,
    seed: 16,
    rate: 1500,
    v: true,
  });
});

Deno.test("parseArgs() keeps a string option as text, and empty where it has no value", () => {
  const options = { string: ["seed", "json", "_"] } as const;
  assertEquals(parseArgs(["--seed", "007", "--json", "--", "1"], options), {
    _: ["1"],
    seed: "007",
    json: "",
  });
});

Deno.test("parseArgs() leaves a string option out that is not given", () => {
  assertEquals(parseArgs([], { string: ["seed"] }), { _: [] });
});

Deno.test("parseArgs() does not take a word beginning with - for a value", () => {
  assertEquals(parseArgs(["--json", "--quiet"], { string: ["json"], boolean: ["quiet"] }), {
    _: [],
    json: "",
    quiet: true,
  });
});

Deno.test("parseArgs() sets booleans to false unless given, and takes only true or false for one", () => {
  const options = { boolean: ["a", "b", "c", "d", "e"] } as const;
  assertEquals(parseArgs(["--a", "x", "--b=false", "--c", "false", "--d", "true"], options), {
    _: ["x"],
    a: true,
    b: false,
    c: false,
    d: true,
    e: false,
  });
});

Deno.test("parseArgs() collects repeated options; of others the last one wins", () => {
  const args = ["--threshold", "a < 1", "--threshold=b < 2", "--runs=1", "--runs=2"];
  assertEquals(
    parseArgs(args, { string: ["threshold", "runs"], collect: ["threshold", "suite"] }),
    {
      _: [],
      threshold: ["a < 1", "b < 2"],
      runs: "2",
      suite: [],
    },
  );
});

Deno.test("parseArgs() sets defaults only where nothing is given", () => {
  const args = parseArgs(["--clock=virtual"], {
    string: ["clock", "suite"],
    boolean: ["progress"],
    default: { clock: "realtime", suite: "preempt", progress: true },
  });
  assertEquals(args, {
    _: [],
    clock: "virtual",
    suite: "preempt",
    progress: true,
  });
});

Deno.test("parseArgs() gives the value under every alias", () => {
  const args: Record<string, unknown> = parseArgs(["-h", "-s", "3"], {
    boolean: ["help"],
    string: ["seed"],
    alias: { help: "h", seed: ["s", "chance"] },
  });
  assertEquals(args, { _: [], help: true, h: true, seed: "3", s: "3", chance: "3" });
});

Deno.test("parseArgs() reads --no-NAME as a negation only for negatable names", () => {
  const args: Record<string, unknown> = parseArgs(["--no-color", "--no-probe"], {
    boolean: ["color", "probe"],
    negatable: ["color"],
    default: { color: true },
  });
  assertEquals(args, { _: [], color: false, probe: false, "no-probe": true });
});

Deno.test("parseArgs() splits a group of one-letter options", () => {
  assertEquals(parseArgs(["-abc"]), { _: [], a: true, b: true, c: true });
});

Deno.test("parseArgs() asks unknown about what no option names, and leaves out what it refuses", () => {
  const asked: unknown[][] = [];
  const args = parseArgs(["stray", "--quiet", "--typo=3", "--other", "x"], {
    boolean: ["quiet"],
    unknown: (...call) => {
      asked.push(call);
      return false;
    },
  });
  assertEquals(args, { _: [], quiet: true });
  assertEquals(asked, [["stray"], ["--typo=3", "typo", 3], ["--other", "other", "x"]]);
});

Deno.test("parseArgs() leaves what follows -- unread", () => {
  assertEquals(parseArgs(["a", "--", "--b", "1"]), { _: ["a", "--b", "1"] });
  assertEquals(parseArgs(["a", "--", "--b", "1"], { "--": true }), {
    _: ["a"],
    "--": ["--b", "1"],
  });
});

Deno.test("parseArgs() types follow from the options", () => {
  const args = parseArgsOfMod(["--runs=3"], {
    string: ["runs", "suite", "threshold"],
    boolean: ["quiet"],
    collect: ["threshold"],
    default: { suite: "preempt" },
  });
  const runs: string | undefined = args.runs;
  const suite: string = args.suite;
  const threshold: string[] = args.threshold;
  const quiet: boolean = args.quiet;
  const rest: (string | number)[] = args._;
  assertEquals([runs, suite, threshold, quiet, rest], ["3", "preempt", [], false, []]);
  // @ts-expect-error a name that no option lists is a mistake
  assertEquals(args.rnus, undefined);
});
