import { assertEquals } from "@std/assert";
import { copyPage } from "../../lib/ram/copy_page.ts";
import { PAGE_SIZE } from "../../lib/ram/ram_block.ts";

Deno.test("copyPage() copies exactly one page, however its two ends lie mod 8", () => {
  const page = Uint8Array.from({ length: PAGE_SIZE }, (_, i) => 1 + i % 255);
  for (let from = 0; from < 8; from++) {
    for (let to = 0; to < 8; to++) {
      const source = new Uint8Array(new SharedArrayBuffer(PAGE_SIZE + 8));
      source.set(page, from);
      const target = new Uint8Array(PAGE_SIZE + 16);
      copyPage(target, to, source.subarray(from, from + PAGE_SIZE));
      assertEquals(target.subarray(to, to + PAGE_SIZE), page);
      assertEquals(target[to + PAGE_SIZE], 0);
      assertEquals(target.subarray(0, to), new Uint8Array(to));
    }
  }
});
