/**
 * What guest memory holds at first.
 *
 * @module
 */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { parseGuest } from "../../lib/ram/guest_arguments.ts";
import { fillGuestRam, GuestFill } from "../../lib/ram/guest_fill.ts";
import { readSlot, stepsOfRegister } from "../../lib/ram/guest_page.ts";
import { GuestRam } from "../../lib/ram/guest_ram.ts";
import { layoutBlocks } from "../../lib/ram/ram_block.ts";

function filled(guest: string, pages: number): GuestRam {
  const ram = GuestRam.allocate(layoutBlocks([{ name: "ram", bytes: pages * 4096 }]));
  fillGuestRam(ram, parseGuest(guest));
  return ram;
}

for (const kind of ["random", "zero", "pattern"]) {
  Deno.test(`fillGuestRam() of ${kind} has every page there, none dirty, no step done`, () => {
    const ram = filled(`vcpus=64,fill=${kind}`, 70);
    assertEquals([ram.received.count(), ram.dirty.count()], [70, 0]);
    for (let vcpu = 0; vcpu < 64; vcpu++) {
      assertEquals(stepsOfRegister(readSlot(ram.words, 0, vcpu)), 0);
    }
  });

  Deno.test(`GuestFill.slot() of ${kind} is what page() stores there`, () => {
    const fill = new GuestFill(parseGuest(`vcpus=64,fill=${kind},seed=9`));
    const words = new Int32Array(1024);
    for (const page of [1, 2, 255, 262143, 2 ** 24 - 1]) {
      fill.page(page, words, 0);
      for (const vcpu of [0, 1, 63]) {
        assertEquals(fill.slot(page, vcpu), readSlot(words, 0, vcpu));
      }
    }
  });
}

Deno.test("GuestFill of random has no zero page and no two equal ones", () => {
  const ram = filled("fill=random", 500);
  const seen = new Set<string>();
  for (let page = 0; page < ram.pages; page++) {
    assert(!ram.isZeroPage(page));
    seen.add(ram.page(page).join());
  }
  assertEquals(seen.size, 500);
});

Deno.test("GuestFill of random differs with the seed", () => {
  assertNotEquals(filled("seed=1", 2).page(1), filled("seed=2", 2).page(1));
  assertEquals(filled("seed=2", 2).page(1), filled("seed=2", 2).page(1));
});

Deno.test("GuestFill of zero leaves every page but the registers zero", () => {
  const ram = filled("fill=zero", 10);
  assertEquals(ram.isZeroPage(0), false);
  for (let page = 1; page < 10; page++) assert(ram.isZeroPage(page));
});
