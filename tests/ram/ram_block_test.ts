/**
 * RAM blocks and pages.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import {
  blockOfPage,
  countPages,
  layoutBlocks,
  MAX_RAM_BYTES,
  offsetInBlock,
  PAGE_SIZE,
  pageAtOffset,
  RamLayoutError,
} from "../../lib/ram/ram_block.ts";

const BLOCKS = layoutBlocks([
  { name: "ram", bytes: 3 * PAGE_SIZE },
  { name: "vga", bytes: PAGE_SIZE },
  { name: "rom", bytes: 2 * PAGE_SIZE },
]);

Deno.test("layoutBlocks() lays blocks out without gaps, in their order", () => {
  assertEquals(BLOCKS.map((block) => block.offset / PAGE_SIZE), [0, 3, 4]);
  assertEquals(countPages(BLOCKS), 6);
});

Deno.test("pageAtOffset() and blockOfPage() are inverse to each other for every page", () => {
  const seen: number[] = [];
  for (const block of BLOCKS) {
    for (let offset = 0; offset < block.length; offset += PAGE_SIZE) {
      const page = pageAtOffset(block, offset)!;
      assertEquals(blockOfPage(BLOCKS, page), block);
      assertEquals(offsetInBlock(block, page), offset);
      seen.push(page);
    }
  }
  assertEquals(seen, [0, 1, 2, 3, 4, 5]);
});

Deno.test("pageAtOffset() answers null to an offset at which no page of the block begins", () => {
  const block = BLOCKS[1]!;
  for (const offset of [-PAGE_SIZE, 1, PAGE_SIZE, 2 ** 60, NaN, 0.5]) {
    assertEquals(pageAtOffset(block, offset), null);
  }
});

const REFUSED = [
  { blocks: [], says: "expected a block" },
  { blocks: [{ name: "ram", bytes: 0 }], says: "multiple of 4096 bytes, received 0" },
  { blocks: [{ name: "ram", bytes: 4097 }], says: "multiple of 4096 bytes, received 4097" },
  { blocks: [{ name: "", bytes: 4096 }], says: "expected a name of 1 to 255 bytes, received 0" },
  { blocks: [{ name: "ü".repeat(128), bytes: 4096 }], says: "1 to 255 bytes, received 256" },
  {
    blocks: [{ name: "ram", bytes: 4096 }, { name: "ram", bytes: 4096 }],
    says: 'block "ram": expected a name of its own, received it twice',
  },
  { blocks: [{ name: "ram", bytes: MAX_RAM_BYTES + 4096 }], says: "at most 68719476736 bytes" },
];

for (const { blocks, says } of REFUSED) {
  Deno.test(`layoutBlocks() refuses with "${says}"`, () => {
    assertThrows(() => layoutBlocks(blocks), RamLayoutError, says);
  });
}
