/**
 * Pause and recovery with a real QEMU as the destination. One recovery each: version 7.2 does not live through a second.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { ShimSpec } from "../../lib/netem/conditions.ts";
import { QemuBed, RUNNING_GUEST } from "./qemu_bed.ts";
import { testWithQemu } from "./test_with_qemu.ts";

for (const policy of ["async-at-setup", "blocking"] as const) {
  testWithQemu(`a paused migration goes on after a recovery with ${policy} preempt`, async () => {
    await using bed = await QemuBed.open({ guest: RUNNING_GUEST });
    await bed.setPreempt(policy);
    await bed.migrate();
    await bed.startPostcopy();
    await bed.assertReads(3000);
    await bed.pause();
    await bed.recover();
    await bed.assertReads(2000);
    assertEquals(await bed.servedRequests("preempt"), [
      { session: 0, page: 3000 },
      { session: 1, page: 2000 },
    ]);
    await bed.setBandwidth(0);
    await bed.assertArrived();
    assertEquals(bed.source.statuses, [
      "setup",
      "active",
      "device",
      "postcopy-active",
      "postcopy-paused",
      "postcopy-recover-setup",
      "postcopy-recover",
      "postcopy-active",
      "completed",
    ]);
    assertEquals(bed.destination.statuses, [
      "setup",
      "active",
      "postcopy-active",
      "postcopy-paused",
      "setup", // 7.2 says so whenever it begins to listen; its status stays what it was.
      "postcopy-recover",
      "postcopy-active",
      "completed",
    ]);
  });
}

/** Whatever is sent on the preempt channel of the start stays on its way. */
const PREEMPT_STALLS: ShimSpec = [{
  role: "preempt",
  phase: 0,
  direction: "source-to-destination",
  traffic: { delay: { timeUs: 3_600_000_000, jitterUs: 0, distribution: "uniform" } },
}];

testWithQemu(
  "a request that is open at the cut is made again, and answered after the recovery",
  async () => {
    // The least that QEMU samples in a thread of its own, which waits for a page while the monitor goes on.
    await using bed = await QemuBed.open({ ramBytes: 128 << 20, shim: PREEMPT_STALLS });
    await bed.setPreempt("async-at-setup");
    await bed.migrate();
    await bed.startPostcopy();
    await bed.destination.qmp.execute("calc-dirty-rate", { "calc-time": 1 });
    const [before] = await bed.waitForServedRequests(1);
    await bed.pause();
    await bed.recover();
    const [, after] = await bed.waitForServedRequests(2);
    assert(before !== undefined && after !== undefined);
    assertEquals([before.session, after], [0, { session: 1, page: before.page }]);
    await bed.setBandwidth(0);
    await bed.assertArrived();
  },
);
