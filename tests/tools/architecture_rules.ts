/**
 * The architecture as rules over source facts: who may import whom, what may not be called where and what to use in its place, how
 * long things may get, and that no file lies unused. To change the architecture is to change a row of a table here.
 *
 * A place is a file (`main.ts`), a folder with all below it (`lib/engine/`), the files directly in a folder (`lib/world/*`), or the
 * end of a path (`*_command.ts`). Of the layers, the first whose place fits a file is the one that counts.
 *
 * @module
 */

import type { Import, SourceFacts } from "./source_facts.ts";

/** A broken rule, as `path:line message`. */
export type Violation = string;

/** A folder and what its files may import. Every layer may import itself and `EVERYWHERE`. */
interface Layer {
  readonly place: string;
  readonly imports: readonly string[];
  /** What it may import besides, but only as types. */
  readonly types?: readonly string[];
  /** Where the Workers lie that it may start besides. */
  readonly workers?: readonly string[];
  /** The packages it may import, or their beginning up to a `/` or `:`; absent: any but `TEST_PACKAGES`. */
  readonly packages?: readonly string[];
}

/** Names that may not be used, where, and what takes their place. A name covers its members: `Deno` is also `Deno.args`. */
interface Ban {
  readonly names: readonly string[];
  readonly places: readonly string[];
  readonly except?: readonly string[];
  readonly instead: string;
}

const EVERYWHERE = ["lib/invariant.ts"];
const PURE = ["lib/qapi/", "lib/wire/", "lib/ram/", "lib/netem/"];
const CONTRACT = ["lib/world/world.ts", "lib/world/address.ts"];
const DRIVERS = [
  "lib/qmp/",
  "lib/qemu/",
  "lib/worker/",
  "lib/pair/",
  "lib/measure/",
  "lib/report/",
];
const PROGRAM = ["main.ts", "lib/", "bench/", "chaos/"];
/** Where the program is entered: by its user, and by the tests alone for as long as no subcommand starts a QEMU. */
const ENTRIES = [
  "main.ts",
  "lib/qemu/qemu_pair.ts",
  "lib/qemu/ask_qemu.ts",
  // Runs in a copy of the tree, in a process of its own.
  "chaos/mutants/fault_free.ts",
];
/** Neither clock nor I/O nor chance of their own. */
const SEALED = [...PURE, "lib/engine/", "lib/world/virtual/"];

/** What computes without touching the outside. */
const PURE_PACKAGES = ["node:buffer", "node:zlib", "pure-rand/", "yaml", "zod"];
const TEST_PACKAGES = ["@std/assert", "@std/testing/", "fast-check", "node:test", "node:assert"];

export const LAYERS: readonly Layer[] = [
  { place: "lib/invariant.ts", imports: [], packages: [] },
  { place: "lib/std/", imports: [], packages: ["node:", "@std/"] },
  ...PURE.map((place) => ({ place, imports: PURE, types: CONTRACT, packages: PURE_PACKAGES })),
  ...CONTRACT.map((place) => ({ place, imports: [...PURE, ...CONTRACT], packages: [] })),
  {
    place: "lib/world/virtual/",
    imports: [...PURE, "lib/world/*"],
    // For setImmediate, with which the scheduler lets promises of its own isolate settle.
    packages: [...PURE_PACKAGES, "node:timers"],
  },
  { place: "lib/world/realtime/", imports: [...PURE, "lib/world/*"], workers: ["lib/worker/"] },
  { place: "lib/world/", imports: [...PURE, "lib/world/"] },
  { place: "lib/engine/", imports: [...PURE, ...CONTRACT], packages: PURE_PACKAGES },
  ...DRIVERS.map((place) => ({ place, imports: ["lib/"] })),
  { place: "chaos/", imports: ["lib/"] },
  // A suite that gives each run a process of its own runs the program again.
  { place: "bench/", imports: ["lib/"], workers: ["main.ts"] },
  { place: "main.ts", imports: ["lib/", "bench/", "chaos/"] },
];

export const BANS: readonly Ban[] = [
  {
    names: ["Date", "performance"],
    places: SEALED,
    instead: "an argument nowUs, or world.clock.now()",
  },
  {
    names: ["setTimeout", "setInterval"],
    places: SEALED,
    instead: "world.clock.sleep()",
  },
  {
    names: ["setImmediate", "queueMicrotask"],
    places: [...PURE, "lib/engine/"],
    instead: "world.mainLoop.turn()",
  },
  {
    names: ["Math.random"],
    places: PROGRAM,
    instead: "a seeded Random: world.random.fork(name)",
  },
  {
    names: ["crypto"],
    places: SEALED,
    instead: "a seeded Random: world.random.fork(name)",
  },
  {
    names: ["Worker"],
    places: SEALED,
    instead: "world.mainLoop.spawn()",
  },
  {
    names: ["Deno", "fetch", "WebSocket", "process"],
    places: SEALED,
    instead: "world.network, or a value from the caller",
  },
  {
    names: ["Deno.args", "Deno.exit", "Deno.exitCode", "process.argv", "process.exit"],
    places: PROGRAM,
    except: ["main.ts"],
    instead: "an argument and a returned exit code; only main.ts talks to the process",
  },
  {
    names: ["console"],
    places: PROGRAM,
    except: ["main.ts", "*/command.ts", "*_command.ts"],
    instead: "a returned text that a command prints",
  },
];

const FUNCTION_LINES_MAX = 70;

/** The imports of `file` that its layer does not allow. */
export function checkImports(file: SourceFacts): Violation[] {
  if (!isProgram(file)) return [];
  const layer = LAYERS.find(({ place }) => isAt(place, file.path));
  if (layer === undefined) {
    return [`${file.path}:1 belongs to no layer: add its folder to LAYERS in tests/tools/`];
  }
  return file.imports.filter((entry) => !mayImport(layer, entry)).map((entry) =>
    `${file.path}:${entry.line} imports ${entry.target ?? entry.specifier} (${entry.kind}): ` +
    `${layer.place} may import ${describe(layer)}`
  );
}

/** The banned names that `file` uses. */
export function checkBans(file: SourceFacts): Violation[] {
  if (!isProgram(file)) return [];
  return BANS.flatMap(({ names, places, except, instead }) => {
    if (!isIn(places, file.path) || isIn(except ?? [], file.path)) return [];
    return file.uses
      .filter((use) => names.some((name) => use.name === name || use.name.startsWith(`${name}.`)))
      .map((use) => `${file.path}:${use.line} uses ${use.name}: use ${instead}`);
  });
}

/** The functions of `file` that are too long to be read at once. */
export function checkSizes(file: SourceFacts): Violation[] {
  return file.functions.filter(({ lines }) => lines > FUNCTION_LINES_MAX).map(
    ({ line, name, lines }) =>
      `${file.path}:${line} ${name} has ${lines} lines: at most ${FUNCTION_LINES_MAX}`,
  );
}

/**
 * The files of the program that cannot be reached from `ENTRIES` by imports. What only tests import is unused too, except for the
 * stand-ins of the std packages.
 *
 * @param standIns The file in this repository behind each package name that has one.
 */
export function checkUnused(
  files: readonly SourceFacts[],
  standIns: ReadonlyMap<string, string>,
): Violation[] {
  const importsOf = new Map(files.map(({ path, imports }) => [path, imports]));
  const testImports = files.filter((file) => !isProgram(file)).flatMap((file) => file.imports);
  const open = [...ENTRIES, ...testImports.map(({ specifier }) => standIns.get(specifier) ?? "")];
  const reached = new Set<string>();
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    for (const { specifier, target } of importsOf.get(path) ?? []) {
      open.push(target ?? standIns.get(specifier) ?? "");
    }
  }
  return files
    .filter((file) => isProgram(file) && !reached.has(file.path))
    .map(({ path }) => `${path}:1 cannot be reached from main.ts: delete it or use it`);
}

function mayImport(layer: Layer, entry: Import): boolean {
  if (entry.target === undefined) return mayImportPackage(layer, entry.specifier);
  const places = [...EVERYWHERE, layer.place, ...layer.imports];
  if (entry.kind === "types") places.push(...layer.types ?? []);
  if (entry.kind === "worker") places.push(...layer.workers ?? []);
  return isIn(places, entry.target);
}

function mayImportPackage(layer: Layer, specifier: string): boolean {
  const isMeant = (name: string) =>
    /[/:]$/.test(name) ? specifier.startsWith(name) : specifier === name;
  if (layer.packages !== undefined) return layer.packages.some(isMeant);
  return !TEST_PACKAGES.some(isMeant);
}

function describe(layer: Layer): string {
  const packages = layer.packages ?? [`any package but ${TEST_PACKAGES.join(", ")}`];
  const parts = [...EVERYWHERE, layer.place, ...layer.imports, ...packages];
  if (layer.types !== undefined) parts.push(`types of ${layer.types.join(", ")}`);
  if (layer.workers !== undefined) parts.push(`and start Workers of ${layer.workers.join(", ")}`);
  return [...new Set(parts)].join(", ");
}

/** Micro benchmarks lie beside what they measure, and like tests are no part of the program. */
function isProgram({ path }: SourceFacts): boolean {
  return isIn(PROGRAM, path) && !path.endsWith("_bench.ts");
}

function isIn(places: readonly string[], path: string): boolean {
  return places.some((place) => isAt(place, path));
}

function isAt(place: string, path: string): boolean {
  if (place.startsWith("*")) return path.endsWith(place.slice(1));
  if (place.endsWith("/")) return path.startsWith(place);
  if (!place.endsWith("/*")) return path === place;
  const folder = place.slice(0, -1);
  return path.startsWith(folder) && !path.includes("/", folder.length);
}
