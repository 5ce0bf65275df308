/**
 * What every backend of guest RAM must hold to, as a test body: a backend is tested by calling `testGuestRam` with how to make
 * one.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { GuestRam } from "../../lib/ram/guest_ram.ts";
import { layoutBlocks, PAGE_SIZE, type RamBlock } from "../../lib/ram/ram_block.ts";

const BLOCKS = layoutBlocks([
  { name: "ram", bytes: 40 * PAGE_SIZE },
  { name: "rom", bytes: 3 * PAGE_SIZE },
]);

/** Content that differs from byte to byte and with `seed`. */
function pageOf(seed: number): Uint8Array {
  return new Uint8Array(PAGE_SIZE).map((_, at) => (at * 7 + (at >> 8) + seed) & 0xff);
}

/** One promise of the contract; `ram` is new. */
interface RamClause {
  readonly promise: string;
  readonly body: (ram: GuestRam) => void;
}

const CLAUSES: readonly RamClause[] = [
  {
    promise: "is zero, clean and not received when new",
    body: (ram) => {
      assertEquals(ram.pages, 43);
      assertEquals(ram.memory.length, 43 * PAGE_SIZE);
      assert(ram.memory.every((byte) => byte === 0));
      assertEquals([ram.dirty.count(), ram.received.count()], [0, 0]);
    },
  },
  {
    promise: "names the block of a page",
    body: (ram) => {
      assertEquals([39, 40, 42].map((page) => ram.blockOf(page).name), ["ram", "rom", "rom"]);
      assertEquals([ram.blockNamed("rom"), ram.blockNamed("vga")], [BLOCKS[1]!, null]);
    },
  },
  {
    promise: "places a page once and never over what is there",
    body: (ram) => {
      assertEquals(ram.placePage(41, pageOf(1)), true);
      ram.page(41)[0] = 99;
      assertEquals(ram.placePage(41, pageOf(2)), false);
      assertEquals(ram.placePage(41, "zero"), false);
      assertEquals([ram.page(41)[0], ram.page(41)[1]], [99, pageOf(1)[1]!]);
      assertEquals([ram.received.test(41), ram.received.count()], [true, 1]);
    },
  },
  {
    promise: "places a zero page like any other",
    body: (ram) => {
      assertEquals(ram.placePage(5, "zero"), true);
      assertEquals([ram.received.test(5), ram.isZeroPage(5)], [true, true]);
      assertEquals(ram.placePage(5, pageOf(1)), false);
      assert(ram.isZeroPage(5));
    },
  },
  {
    promise: "loads a page over what is there, a zero page too",
    body: (ram) => {
      ram.loadPage(7, pageOf(1));
      ram.loadPage(7, pageOf(2));
      assertEquals(ram.page(7), pageOf(2));
      ram.loadPage(7, "zero");
      assert(ram.isZeroPage(7));
      assert(ram.received.test(7));
    },
  },
  {
    promise: "leaves the neighbours of a page alone",
    body: (ram) => {
      ram.loadPage(9, pageOf(3));
      assert(ram.isZeroPage(8) && ram.isZeroPage(10));
      assertEquals(ram.memory.slice(9 * PAGE_SIZE, 10 * PAGE_SIZE), pageOf(3));
    },
  },
  {
    promise: "sees a single byte anywhere in a page that is not zero",
    body: (ram) => {
      for (const at of [0, 1, 3, 4, 7, 2048, PAGE_SIZE - 1]) {
        ram.page(2)[at] = 1;
        assertEquals(ram.isZeroPage(2), false, `byte ${at}`);
        ram.page(2)[at] = 0;
        assertEquals(ram.isZeroPage(2), true, `byte ${at}`);
      }
    },
  },
  {
    promise: "copies a page to any place",
    body: (ram) => {
      ram.loadPage(3, pageOf(4));
      const into = new Uint8Array(PAGE_SIZE + 5);
      ram.copyPage(3, into, 5);
      assertEquals(into.subarray(5), pageOf(4));
      assertEquals([...into.subarray(0, 5)], [0, 0, 0, 0, 0]);
    },
  },
  {
    promise: "forgets a discarded page, content and bit",
    body: (ram) => {
      ram.placePage(6, pageOf(5));
      ram.discard(6);
      assertEquals([ram.received.test(6), ram.isZeroPage(6)], [false, true]);
      assertEquals(ram.placePage(6, pageOf(6)), true);
      assertEquals(ram.page(6), pageOf(6));
    },
  },
  {
    promise: "is as new after reset()",
    body: (ram) => {
      ram.loadPage(1, pageOf(1));
      ram.page(2)[7] = 7;
      ram.dirty.set(2);
      ram.reset();
      assert(ram.memory.every((byte) => byte === 0));
      assertEquals([ram.dirty.count(), ram.received.count()], [0, 0]);
    },
  },
];

/** Tests one backend. */
export function testGuestRam(
  name: string,
  allocate: (blocks: readonly RamBlock[]) => GuestRam,
): void {
  for (const { promise, body } of CLAUSES) {
    Deno.test(`${name} ${promise}`, () => body(allocate(BLOCKS)));
  }
}
