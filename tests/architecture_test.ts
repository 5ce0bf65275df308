/**
 * Holds the architecture: reads every source file of the repository and applies the rules of `tools/architecture_rules.ts`. Each
 * rule is itself tested by files that break it and files that do not.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import {
  checkBans,
  checkImports,
  checkSizes,
  checkUnused,
  type Violation,
} from "./tools/architecture_rules.ts";
import { readSourceFacts, type SourceFacts } from "./tools/source_facts.ts";

const ROOT = new URL("../", import.meta.url);

/** Every TypeScript file of the repository, by its path from the root. */
function readTree(folder = ""): SourceFacts[] {
  const files: SourceFacts[] = [];
  for (const entry of Deno.readDirSync(new URL(folder, ROOT))) {
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory && entry.name !== ".git" && entry.name !== "node_modules") {
      files.push(...readTree(`${path}/`));
    } else if (entry.isFile && entry.name.endsWith(".ts")) {
      files.push(readSourceFacts(path, Deno.readTextFileSync(new URL(path, ROOT))));
    }
  }
  return files;
}

/** The files behind the package names that the stand-ins under lib/std have. */
function readStandIns(): Map<string, string> {
  const files = new Map<string, string>();
  for (const { name: folder } of Deno.readDirSync(new URL("lib/std/", ROOT))) {
    const config = new URL(`lib/std/${folder}/deno.json`, ROOT);
    const { name, exports } = JSON.parse(Deno.readTextFileSync(config));
    const entries: Record<string, string> = typeof exports === "string"
      ? { ".": exports }
      : exports;
    for (const [key, file] of Object.entries(entries)) {
      files.set(`${name}${key.slice(1)}`, `lib/std/${folder}/${file.slice(2)}`);
    }
  }
  return files;
}

const tree = readTree();

function assertNone(violations: readonly Violation[]): void {
  assert(violations.length === 0, `\n${violations.toSorted().join("\n")}`);
}

Deno.test("every file imports only what its layer allows", () => {
  assertNone(tree.flatMap(checkImports));
});

Deno.test("no file uses a name that is banned in its place", () => {
  assertNone(tree.flatMap(checkBans));
});

Deno.test("no function is longer than can be read at once", () => {
  assertNone(tree.flatMap(checkSizes));
});

Deno.test("every file of the program is reached from main.ts", () => {
  assertNone(checkUnused(tree, readStandIns()));
});

// -- The rules themselves --

/** A file that breaks a rule, or does not, and what must be reported of it. */
interface Fixture {
  readonly path: string;
  readonly text: string;
  readonly reported: RegExp | null;
}

const IMPORT_FIXTURES: readonly Fixture[] = [
  {
    path: "lib/wire/a.ts",
    text: `import { x } from "../engine/b.ts";`,
    reported: /^lib\/wire\/a\.ts:1 imports lib\/engine\/b\.ts \(module\): lib\/wire\/ may import /,
  },
  { path: "lib/wire/a.ts", text: `import { x } from "../qapi/b.ts";`, reported: null },
  { path: "lib/wire/a.ts", text: `import { x } from "../invariant.ts";`, reported: null },
  {
    path: "lib/ram/a.ts",
    text: `\nimport { x } from "../world/world.ts";`,
    reported: /a\.ts:2 imports lib\/world\/world\.ts/,
  },
  { path: "lib/ram/a.ts", text: `import type { X } from "../world/world.ts";`, reported: null },
  {
    path: "lib/ram/a.ts",
    text: `import type { X } from "../world/realtime/clock.ts";`,
    reported: /clock\.ts \(types\)/,
  },
  { path: "lib/netem/a.ts", text: `import fs from "node:fs";`, reported: /imports node:fs/ },
  { path: "lib/netem/a.ts", text: `import { x } from "node:zlib";`, reported: null },
  {
    path: "lib/engine/source/a.ts",
    text: `import { x } from "../../world/virtual/clock.ts";`,
    reported: /imports lib\/world\/virtual\/clock\.ts/,
  },
  {
    path: "lib/engine/source/a.ts",
    text: `export { x } from "../../qmp/server.ts";`,
    reported: /imports lib\/qmp\/server\.ts/,
  },
  {
    path: "lib/engine/a.ts",
    text: `const x = await import("../measure/a.ts");`,
    reported: /imports lib\/measure\/a\.ts/,
  },
  { path: "lib/engine/a.ts", text: `import { x } from "../world/world.ts";`, reported: null },
  {
    path: "lib/world/virtual/a.ts",
    text: `import { x } from "../realtime/b.ts";`,
    reported: /imports lib\/world\/realtime\/b\.ts/,
  },
  { path: "lib/world/virtual/a.ts", text: `import { x } from "../b.ts";`, reported: null },
  { path: "lib/worker/a.ts", text: `import { x } from "../../bench/b.ts";`, reported: /bench\/b/ },
  { path: "lib/worker/a.ts", text: `import fc from "fast-check";`, reported: /fast-check/ },
  {
    path: "lib/worker/a.ts",
    text: `new Worker(new URL("../../chaos/b_worker.ts", import.meta.url), { type: "module" });`,
    reported: /imports chaos\/b_worker\.ts/,
  },
  { path: "bench/a.ts", text: `import { x } from "../chaos/b.ts";`, reported: /chaos\/b/ },
  { path: "chaos/a.ts", text: `import { x } from "../bench/b.ts";`, reported: /bench\/b/ },
  { path: "main.ts", text: `import { x } from "./bench/b.ts";`, reported: null },
  {
    path: "lib/world/realtime/a.ts",
    text: `new Worker(new URL("../../worker/b_worker.ts", import.meta.url), { type: "module" });`,
    reported: null,
  },
  {
    path: "lib/world/realtime/a.ts",
    text: `import { x } from "../../worker/b_worker.ts";`,
    reported: /imports lib\/worker\/b_worker\.ts \(module\)/,
  },
  { path: "lib/new_folder/a.ts", text: "", reported: /belongs to no layer/ },
];

const BAN_FIXTURES: readonly Fixture[] = [
  {
    path: "lib/engine/a.ts",
    text: "\nconst t = Date.now();",
    reported: /^lib\/engine\/a\.ts:2 uses Date\.now: use .*world\.clock\.now\(\)$/,
  },
  { path: "lib/wire/a.ts", text: "new Date();", reported: /uses Date: / },
  { path: "lib/wire/a.ts", text: "const { now } = performance;", reported: /uses performance/ },
  { path: "lib/ram/a.ts", text: "setTimeout(f, 1);", reported: /world\.clock\.sleep/ },
  { path: "lib/ram/a.ts", text: "globalThis.setInterval(f, 1);", reported: /uses setInterval/ },
  { path: "lib/engine/a.ts", text: "setImmediate(f);", reported: /mainLoop\.turn/ },
  { path: "lib/world/virtual/a.ts", text: "setImmediate(f);", reported: null },
  { path: "bench/a.ts", text: "const x = Math.random();", reported: /random\.fork/ },
  { path: "lib/netem/a.ts", text: "crypto.randomUUID();", reported: /uses crypto/ },
  { path: "lib/engine/a.ts", text: "new Worker(url);", reported: /mainLoop\.spawn/ },
  { path: "lib/worker/a.ts", text: "new Worker(url);", reported: null },
  { path: "lib/qapi/a.ts", text: "await Deno.connect({ port: 1 });", reported: /world\.network/ },
  { path: "lib/wire/a_bench.ts", text: "Deno.bench(f);", reported: null },
  { path: "lib/qapi/a.ts", text: "await fetch(url);", reported: /uses fetch/ },
  { path: "lib/report/a.ts", text: "Deno.exit(1);", reported: /only main\.ts/ },
  { path: "bench/command.ts", text: "f(Deno.args);", reported: /only main\.ts/ },
  { path: "main.ts", text: "Deno.exit(f(Deno.args)); console.log(1);", reported: null },
  { path: "lib/report/a.ts", text: "console.log(1);", reported: /uses console\.log/ },
  { path: "bench/command.ts", text: "console.log(1);", reported: null },
  { path: "lib/worker/engine_command.ts", text: "console.log(1);", reported: null },
  { path: "lib/wire/a.ts", text: `// Date.now()\nconst s = "Date.now()";`, reported: null },
  { path: "lib/wire/a.ts", text: "interface I { Date: number } f(x.Date);", reported: null },
  { path: "lib/wire/a.ts", text: "function f(w: Worker) {}", reported: null },
];

const SIZE_FIXTURES: readonly Fixture[] = [
  {
    path: "lib/wire/a.ts",
    text: `function long() {\n${"f();\n".repeat(69)}}\n`,
    reported: /^lib\/wire\/a\.ts:1 long has 71 lines: at most 70$/,
  },
  { path: "a_test.ts", text: `const long = () => {\n${"f();\n".repeat(69)}};`, reported: /long/ },
  { path: "lib/wire/a.ts", text: `function fits() {\n${"f();\n".repeat(68)}}\n`, reported: null },
];

for (
  const [check, fixtures] of [
    [checkImports, IMPORT_FIXTURES],
    [checkBans, BAN_FIXTURES],
    [checkSizes, SIZE_FIXTURES],
  ] as const
) {
  for (const { path, text, reported } of fixtures) {
    const code = text.slice(0, 60).trim().replaceAll("\n", " ");
    Deno.test(`${check.name}() ${reported ? "reports" : "allows"} in ${path}: ${code}`, () => {
      const violations = check(readSourceFacts(path, text));
      if (reported === null) assertNone(violations);
      else assertMatch(violations.join("\n"), reported);
    });
  }
}

Deno.test("checkUnused() reports what only tests import, and islands", () => {
  const files = [
    readSourceFacts("main.ts", `import { a } from "./lib/wire/a.ts";`),
    readSourceFacts("lib/wire/a.ts", `import type { B } from "./b.ts";`),
    readSourceFacts("lib/wire/b.ts", ""),
    readSourceFacts("lib/wire/tested.ts", ""),
    readSourceFacts("lib/wire/island.ts", `import { c } from "./coast.ts";`),
    readSourceFacts("lib/wire/coast.ts", `import { d } from "./island.ts";`),
    readSourceFacts("lib/std/assert/mod.ts", `import { e } from "./equality.ts";`),
    readSourceFacts("lib/std/assert/equality.ts", ""),
    readSourceFacts(
      "tests/wire/tested_test.ts",
      `import { t } from "../../lib/wire/tested.ts"; import { assert } from "@std/assert";`,
    ),
  ];
  const standIns = new Map([["@std/assert", "lib/std/assert/mod.ts"]]);
  assertEquals(checkUnused(files, standIns), [
    "lib/wire/tested.ts:1 cannot be reached from main.ts: delete it or use it",
    "lib/wire/island.ts:1 cannot be reached from main.ts: delete it or use it",
    "lib/wire/coast.ts:1 cannot be reached from main.ts: delete it or use it",
  ]);
});

Deno.test("checkUnused() reaches a Worker's file from where its URL is made", () => {
  const files = [
    readSourceFacts(
      "main.ts",
      `new Worker(new URL("./lib/worker/probe_worker.ts", import.meta.url), { type: "module" });`,
    ),
    readSourceFacts("lib/worker/probe_worker.ts", ""),
  ];
  assertEquals(checkUnused(files, new Map()), []);
});

Deno.test("readSourceFacts() counts lines of text beyond ASCII right", () => {
  const { uses } = readSourceFacts("a.ts", `// ${"é🎉".repeat(500)}\n\nfirst();\nsecond();\n`);
  assertEquals(uses, [{ line: 3, name: "first" }, { line: 4, name: "second" }]);
});

Deno.test("readSourceFacts() refuses what is not TypeScript", () => {
  assertThrows(() => readSourceFacts("a.ts", "const = ;"), SyntaxError, "Cannot read a.ts");
});
