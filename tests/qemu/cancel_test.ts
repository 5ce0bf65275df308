/**
 * Migrations into a real QEMU that come to nothing, and the next one from the same source.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { QemuBed, RUNNING_GUEST } from "./qemu_bed.ts";
import { testWithQemu } from "./test_with_qemu.ts";

/** Its pages are more than what fits between a source and a destination that reads nothing. */
const GUEST = { ...RUNNING_GUEST, fill: "random" } as const;

testWithQemu(
  "a cancelled migration ends QEMU, and the next one brings the guest to another",
  async () => {
    await using bed = await QemuBed.open({ guest: GUEST });
    await bed.setPreempt("async-at-setup");
    await bed.migrate();
    await bed.source.reach("active");
    await bed.destination.reach("active");
    await bed.cancel();
    assertEquals(await bed.qemu.waitUntilEnded(), { kind: "exited", code: 1 });
    assertStringIncludes(bed.qemu.errors, "load of migration failed");

    await bed.replaceDestination();
    await bed.setPreempt("async-at-setup");
    await bed.migrate();
    await bed.startPostcopy();
    await bed.setBandwidth(0);
    await bed.assertArrived();
  },
);

for (const waitsFor of ["the destination's answer", "the destination to read"] as const) {
  testWithQemu(
    `async-after-main, which 7.2 cannot take, is cancelled while it waits for ${waitsFor}`,
    async () => {
      await using bed = await QemuBed.open({ guest: GUEST });
      await bed.setPreempt("async-after-main");
      if (waitsFor === "the destination to read") await bed.setBandwidth(0);
      await bed.migrate();
      await bed.source.reach("active");
      await bed.source.qmp.execute("migrate-start-postcopy");
      await bed.waitUntilStill();
      assertEquals((await bed.source.qmp.execute("query-migrate")).status, "active");
      assertEquals(bed.destination.statuses, ["setup"]);
      await bed.cancel();

      await bed.replaceDestination();
      await bed.setPreempt("async-at-setup");
      await bed.setBandwidth(0);
      await bed.migrate();
      await bed.assertArrived();
    },
  );
}
