/**
 * Postcopy from the embedded engine into a real QEMU.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { QemuBed, RUNNING_GUEST, SLOW } from "./qemu_bed.ts";
import { testWithQemu } from "./test_with_qemu.ts";

for (const policy of ["async-at-setup", "blocking"] as const) {
  testWithQemu(`postcopy with ${policy} preempt brings a running guest to QEMU whole`, async () => {
    await using bed = await QemuBed.open({ guest: RUNNING_GUEST });
    await bed.setPreempt(policy);
    await bed.migrate();
    await bed.startPostcopy();
    await bed.setBandwidth(0);
    await bed.assertArrived();
    assertEquals(bed.source.statuses, [
      "setup",
      "active",
      "device",
      "postcopy-active",
      "completed",
    ]);
    assertEquals(bed.destination.statuses, ["setup", "active", "postcopy-active", "completed"]);
  });
}

testWithQemu(
  "postcopy without a preempt channel brings a running guest to QEMU whole",
  async () => {
    await using bed = await QemuBed.open({ guest: RUNNING_GUEST });
    await bed.setCapabilities("postcopy-ram");
    await bed.setBandwidth(SLOW);
    await bed.migrate();
    await bed.startPostcopy();
    await bed.setBandwidth(0);
    await bed.assertArrived();
  },
);

testWithQemu(
  "every page of a guest is there when QEMU reads them all while they arrive",
  async () => {
    await using bed = await QemuBed.open();
    await bed.setPreempt("async-at-setup");
    await bed.migrate();
    await bed.startPostcopy();
    await bed.setBandwidth(20_000_000);
    await bed.assertReads(0, bed.pages);
    await bed.setBandwidth(0);
    await bed.assertArrived();
  },
);
