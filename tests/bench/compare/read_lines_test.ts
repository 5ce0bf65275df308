import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { readLines } from "../../../bench/compare/read_lines.ts";

Deno.test("readLines() gives the same lines however the bytes are cut, and none that has no end", async () => {
  const lines = fc.array(fc.string({ unit: "grapheme" }).map((text) => text.replaceAll("\n", "")));
  await fc.assert(fc.asyncProperty(lines, fc.integer({ min: 1, max: 9 }), async (lines, size) => {
    const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join("") + "cut off");
    const chunks = Array.from(
      { length: Math.ceil(bytes.length / size) },
      (_, index) => bytes.slice(index * size, (index + 1) * size),
    );
    assertEquals(await Array.fromAsync(readLines(ReadableStream.from(chunks))), lines);
  }));
});
