import { assertEquals } from "@std/assert";
import { scenarioJsonSchema } from "../../bench/scenario_schema.ts";

const FILE = new URL("../../bench/scenario.schema.json", import.meta.url);

Deno.test("bench/scenario.schema.json is what tests/tools/write_scenario_schema.ts writes", () => {
  assertEquals(JSON.parse(Deno.readTextFileSync(FILE)), scenarioJsonSchema());
});

Deno.test("every scenario file tells editors of its schema", () => {
  const folder = new URL("../../bench/scenarios/", import.meta.url);
  for (const { name } of Deno.readDirSync(folder)) {
    const [first] = Deno.readTextFileSync(new URL(name, folder)).split("\n");
    assertEquals(first, "# yaml-language-server: $schema=../scenario.schema.json", name);
  }
});
