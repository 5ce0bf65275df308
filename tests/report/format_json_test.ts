import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { formatJson } from "../../lib/report/format_json.ts";

Deno.test("formatJson() writes what JSON.parse() reads back", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    assertEquals(JSON.parse(formatJson(value)), JSON.parse(JSON.stringify(value)));
  }));
});

Deno.test("formatJson() leaves out what is undefined, as JSON.stringify() does", () => {
  assertEquals(JSON.parse(formatJson({ a: undefined, b: [undefined] })), { b: [null] });
});
