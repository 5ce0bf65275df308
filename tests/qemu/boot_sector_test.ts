/**
 * The boot sector's guest: what its memory may hold, and that QEMU runs it so.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type BootGuest, bootSector } from "../../lib/qemu/boot_sector.ts";
import { bootGuestOf, judgeBootMemory } from "../../lib/qemu/boot_sector_memory.ts";
import { QemuProcess } from "../../lib/qemu/qemu_process.ts";
import { GuestSpecError, readGuest } from "../../lib/ram/guest_spec.ts";
import { strideFor } from "../../lib/ram/guest_workload.ts";
import { PAGE_SIZE } from "../../lib/ram/ram_block.ts";
import { openRealtimeWorld } from "../../lib/world/realtime/realtime_world.ts";
import { testWithQemu } from "./test_with_qemu.ts";

const RAM_BYTES = 8 << 20;

/** The guest's memory after so many visits, counted from its start. */
function memoryAfter(guest: BootGuest, visits: number): Uint8Array {
  const memory = new Uint8Array(guest.pages * PAGE_SIZE);
  const view = new DataView(memory.buffer);
  for (let page = 0; page < guest.pages; page++) {
    view.setUint32(page * PAGE_SIZE + 4, guest.start + page * PAGE_SIZE, true);
  }
  for (let visit = 0, page = 0; visit < visits; visit++) {
    memory[page * PAGE_SIZE]!++;
    page = (page + guest.stride) % guest.pages;
  }
  return memory;
}

/** A guest, and how many visits it has made. */
const stopped = fc.integer({ min: 2, max: 40 }).chain((pages) =>
  fc.record({
    guest: fc.constant({
      start: 1 << 20,
      pages,
      stride: strideFor({ kind: "strided" }, pages),
      delayTicks: 0,
    }),
    visits: fc.integer({ min: 0, max: 300 * pages }),
  })
);

Deno.test("judgeBootMemory() takes a guest that was stopped anywhere, past an overflow too", () => {
  fc.assert(fc.property(stopped, ({ guest, visits }) => {
    assertEquals(judgeBootMemory(guest, memoryAfter(guest, visits)), null);
  }));
});

Deno.test("judgeBootMemory() finds a page that is stale, zero, in another's place or written to", () => {
  const damage = fc.constantFrom(
    (page: Uint8Array) => page[0] = page[0]! + 2,
    (page: Uint8Array) => page[0] = page[0]! - 2,
    (page: Uint8Array) => page.fill(0),
    (page: Uint8Array) => page[5] = page[5]! ^ 0x10,
    (page: Uint8Array) => page[3] = 1,
    (page: Uint8Array) => page[PAGE_SIZE - 1] = 1,
  );
  fc.assert(fc.property(stopped, fc.nat(), damage, ({ guest, visits }, which, damages) => {
    const memory = memoryAfter(guest, visits);
    const page = which % guest.pages;
    damages(memory.subarray(page * PAGE_SIZE, (page + 1) * PAGE_SIZE));
    assert(judgeBootMemory(guest, memory) !== null);
  }));
});

Deno.test("bootGuestOf() refuses an order that it cannot visit pages in, and RAM without room", () => {
  assertThrows(
    () => bootGuestOf(readGuest({ workload: "uniform" }), RAM_BYTES),
    GuestSpecError,
    "workload expected sequential or strided, received uniform",
  );
  assertThrows(() => bootGuestOf(readGuest({ stride: 2 }), RAM_BYTES), GuestSpecError, "coprime");
  assertThrows(() => bootGuestOf(readGuest({}), 1 << 20), GuestSpecError, "at least 4194304 bytes");
});

Deno.test("bootSector() is 512 bytes that a BIOS takes for one", () => {
  for (const touches of [0, 1, 1000, 1_000_000]) {
    const sector = bootSector(bootGuestOf(readGuest({ touches }), RAM_BYTES));
    assertEquals([sector.length, ...sector.slice(-2)], [512, 0x55, 0xaa]);
  }
});

for (const touches of [0, 20_000, 1_000_000]) {
  testWithQemu(
    `the memory of a guest of ${touches} touches is legal wherever QEMU stops it`,
    async () => {
      const guest = bootGuestOf(readGuest({ touches }), RAM_BYTES);
      const operator = openRealtimeWorld({ seed: 1 });
      try {
        await using qemu = await QemuProcess.start({
          ...{ operator, ramBytes: RAM_BYTES, incoming: false },
          machine: { kind: "pc", guest },
        });
        const passes = touches === 0 ? 1 : 4;
        while (await qemu.serialBytes() < passes) await operator.clock.sleep(10_000);
        for (let stop = 0; stop < 3; stop++) {
          await qemu.qmp.execute("stop");
          const memory = await qemu.readMemory(guest.start, guest.pages * PAGE_SIZE);
          assertEquals(judgeBootMemory(guest, memory), null);
          assertEquals(memory[0]! > 0, touches > 0);
          await qemu.qmp.execute("cont");
          await operator.clock.sleep(20_000);
        }
      } finally {
        await operator.close();
      }
    },
    { need: "qemu" },
  );
}
