/**
 * Holds the documents against the code: what they list is what there is, and what they name exists.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { parseScenario } from "../bench/load_scenario.ts";
import { METRICS } from "../lib/measure/metrics.ts";
import { type Side, statusDiagram } from "../lib/qapi/migration_status.ts";
import { PREEMPT_CONNECT_POLICIES } from "../lib/qapi/parameters.ts";
import { COST_TABLE } from "../lib/world/virtual/cost_table.ts";
import { LAYERS } from "./tools/architecture_rules.ts";
import { anchorsOf, codeUnder, linksOf, pathsOf, section, tableIn } from "./tools/markdown.ts";

const ROOT = new URL("../", import.meta.url);
const DOCUMENTS = [
  "README.md",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  "bench/README.md",
] as const;

function read(document: string): string {
  return Deno.readTextFileSync(new URL(document, ROOT));
}

function exists(path: string): boolean {
  try {
    Deno.statSync(new URL(path, ROOT));
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

// -- README.md --

Deno.test("README.md has a row for every metric, with its unit, and for nothing else", () => {
  const rows = tableIn(section(read("README.md"), "metrics"));
  const listed = rows.flatMap(([names = "", unit = ""]) =>
    names.split(", ").map((name) => [name, unit])
  );
  const expected = Object.entries(METRICS).map(([name, { unit }]) => [name, unit]);
  assertEquals(Object.fromEntries(listed), Object.fromEntries(expected));
  assertEquals(listed.length, expected.length);
});

Deno.test("README.md names every policy", () => {
  const names = tableIn(section(read("README.md"), "policies")).map(([name = ""]) => name);
  assertEquals(names.map((name) => name.split(" ")[0]), [...PREEMPT_CONNECT_POLICIES]);
});

Deno.test("README.md shows a scenario that the bench takes", () => {
  const blocks = codeUnder(read("README.md"), "The bench").filter(({ info }) => info === "yaml");
  assertEquals(blocks.map(({ lines }) => parseScenario(lines.join("\n"), "README.md").name), [
    "preempt-connect/hang",
  ]);
});

// -- ARCHITECTURE.md --

for (const side of ["source", "destination"] as const satisfies readonly Side[]) {
  Deno.test(`ARCHITECTURE.md shows the statuses of the ${side} as the table of transitions has them`, () => {
    const drawn = section(read("ARCHITECTURE.md"), `statuses-${side}`).trim();
    assertEquals(drawn, `\`\`\`mermaid\n${statusDiagram(side)}\n\`\`\``);
  });
}

Deno.test("ARCHITECTURE.md has the prices of virtual time", () => {
  const rows = tableIn(section(read("ARCHITECTURE.md"), "costs"));
  const listed = rows.map(([work = "", us]) => [work, Number(us)]);
  assertEquals(Object.fromEntries(listed), { ...COST_TABLE });
});

Deno.test("ARCHITECTURE.md allows the imports that the architecture test allows", () => {
  assertEquals(tableIn(section(read("ARCHITECTURE.md"), "layers")), importTable());
});

/** The layers as rows: places with the same rights share one, and "pure" stands for the four pure folders. */
function importTable(): string[][] {
  const placesOf = new Map<string, string[]>();
  for (const layer of LAYERS) {
    const rights = JSON.stringify(rightsOf(layer));
    placesOf.set(rights, [...placesOf.get(rights) ?? [], layer.place]);
  }
  return Array.from(placesOf, ([rights, places]) => [places.join(", "), ...JSON.parse(rights)]);
}

function rightsOf({ imports, types, workers, packages }: typeof LAYERS[number]): string[] {
  const pure = LAYERS.filter((layer) => layer.types !== undefined).map(({ place }) => place);
  const allOfPure = pure.every((place) => imports.includes(place));
  const folders = allOfPure
    ? ["pure", ...imports.filter((place) => !pure.includes(place))]
    : imports;
  return [
    folders.join(", "),
    types?.join(", ") ?? "",
    workers?.join(", ") ?? "",
    packages === undefined ? "any" : packages.join(", "),
  ];
}

// -- All of them --

/** The path of what a document calls `file`, from the root. */
function beside(document: string, file: string): string {
  return new URL(file, new URL(document, ROOT)).href.slice(ROOT.href.length);
}

for (const document of DOCUMENTS) {
  Deno.test(`${document} names no file that does not exist`, () => {
    const missing = pathsOf(read(document)).filter((path) => !exists(path));
    assertEquals(missing, []);
  });

  Deno.test(`${document} links to nothing that does not exist`, () => {
    const broken = linksOf(read(document)).filter((link) => {
      const [file = "", anchor] = link.split("#");
      const target = file === "" ? document : beside(document, file);
      if (!exists(target)) return true;
      return anchor !== undefined && !anchorsOf(read(target)).includes(anchor);
    });
    assertEquals(broken, []);
  });
}

Deno.test("README.md has one result of the bench", () => {
  assert(section(read("README.md"), "bench").includes("preempt-connect/start"));
});
