import { assertEquals } from "@std/assert";
import { PUBLISHED_SCHEMAS } from "./tools/published_schemas.ts";

const ROOT = new URL("../", import.meta.url);

for (const [path, schema] of Object.entries(PUBLISHED_SCHEMAS)) {
  Deno.test(`${path} is what tests/tools/write_schemas.ts writes`, () => {
    assertEquals(JSON.parse(Deno.readTextFileSync(new URL(path, ROOT))), schema());
  });
}

Deno.test("every scenario file tells editors of its schema", () => {
  const folder = new URL("bench/scenarios/", ROOT);
  for (const { name } of Deno.readDirSync(folder)) {
    const [first] = Deno.readTextFileSync(new URL(name, folder)).split("\n");
    assertEquals(first, "# yaml-language-server: $schema=../scenario.schema.json", name);
  }
});
