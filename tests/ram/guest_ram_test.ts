/**
 * Guest RAM on shared memory.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { GuestRam } from "../../lib/ram/guest_ram.ts";
import { testGuestRam } from "./guest_ram_contract.ts";

testGuestRam("GuestRam", (blocks) => GuestRam.allocate(blocks));

testGuestRam(
  "GuestRam.attach() of what was cloned",
  (blocks) => GuestRam.attach(structuredClone(GuestRam.allocate(blocks).shared)),
);

Deno.test("GuestRam.attach() shares bytes and bitmaps with the first one", () => {
  const ram = GuestRam.allocate([{ name: "ram", offset: 0, length: 8192 }]);
  const attached = GuestRam.attach(ram.shared);
  attached.words[1024] = -1;
  attached.dirty.set(1);
  attached.received.set(0);
  assertEquals(ram.page(1)[0], 255);
  assertEquals([ram.dirty.test(1), ram.received.test(0)], [true, true]);
});
