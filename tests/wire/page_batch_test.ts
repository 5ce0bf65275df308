import { assertEquals } from "@std/assert";
import { PAGE_SIZE } from "../../lib/ram/ram_block.ts";
import { concat } from "../../lib/wire/concat.ts";
import { PageBatch, sliceBytes } from "../../lib/wire/page_batch.ts";

const HEADS = Uint8Array.from({ length: 20 }, (_, at) => at);
const PAGES = [1, 2, 3].map((value) => new Uint8Array(PAGE_SIZE).fill(value));
/** No head before the first page, none between the second and the third. */
const batch = new PageBatch(HEADS, PAGES, [0, 7, 7]);
const whole = concat([
  PAGES[0]!,
  HEADS.subarray(0, 7),
  PAGES[1]!,
  PAGES[2]!,
  HEADS.subarray(7),
]);

Deno.test("PageBatch.join() puts each page behind its heads", () => {
  assertEquals(batch.length, whole.length);
  assertEquals(batch.join(), whole);
});

Deno.test("PageBatch.join() gives any part, as if it were one piece", () => {
  const borders = [0, 1, PAGE_SIZE, PAGE_SIZE + 3, PAGE_SIZE + 7].flatMap((at) => [
    at,
    at + PAGE_SIZE,
    whole.length - at,
  ]);
  for (const start of borders) {
    for (const end of borders) {
      if (end < start) continue;
      assertEquals(batch.join(start, end), whole.slice(start, end), `${start} to ${end}`);
      assertEquals(sliceBytes(whole, start, end), whole.slice(start, end));
    }
  }
});

Deno.test("PageBatch.join() reads the pages anew each time", () => {
  const page = new Uint8Array(PAGE_SIZE);
  const changing = new PageBatch(HEADS, [page], [20]);
  changing.join();
  page.fill(9);
  assertEquals(changing.join().at(-1), 9);
});
