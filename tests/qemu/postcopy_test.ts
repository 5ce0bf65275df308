/**
 * Postcopy from the embedded engine into a real QEMU.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { IDLE_GUEST, QemuBed, RUNNING_GUEST } from "./qemu_bed.ts";
import { testWithQemu } from "./test_with_qemu.ts";

for (const policy of ["async-at-setup", "blocking"] as const) {
  for (const [kind, guest] of [["an idle", IDLE_GUEST], ["a running", RUNNING_GUEST]] as const) {
    testWithQemu(`postcopy with ${policy} preempt brings ${kind} guest to QEMU whole`, async () => {
      await using bed = await QemuBed.open({ guest });
      await bed.setPreempt(policy);
      await bed.migrate();
      await bed.startPostcopy();
      await bed.liftLimits();
      await bed.assertArrived();
      assertEquals(bed.source.statuses, [
        ...["setup", "active", "device", "postcopy-active", "completed"] as const,
      ]);
      assertEquals(bed.destination.statuses, ["setup", "active", "postcopy-active", "completed"]);
    });
  }
}

testWithQemu(
  "postcopy without a preempt channel brings a running guest to QEMU whole",
  async () => {
    await using bed = await QemuBed.open({ guest: RUNNING_GUEST });
    await bed.setCapabilities("postcopy-ram");
    await bed.source.qmp.execute("migrate-set-parameters", { "max-bandwidth": 4_000_000 });
    await bed.migrate();
    await bed.startPostcopy();
    await bed.assertArrived();
  },
);
