/**
 * Pages that QEMU asks for: it reads memory that is not there yet, and waits for it.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { QemuBed, SLOW } from "./qemu_bed.ts";
import { testWithQemu } from "./test_with_qemu.ts";

/** Far from each other and from where the background begins: at its pace it needs a minute from one to the next. */
const PAGES = [4000, 3200, 2400, 1600, 800];

/** Has QEMU read `PAGES`, and holds that each was sent for it, over this channel, with nearly all others still to be sent. */
async function assertOvertaking(bed: QemuBed, channel: "main" | "preempt"): Promise<void> {
  for (const page of PAGES) await bed.assertReads(page);
  const { ram } = await bed.source.qmp.execute("query-migrate");
  assert(ram!.remaining > ram!.total / 2, "the background was not meant to come this far");
  assertEquals(await bed.servedRequests(channel), PAGES.map((page) => ({ session: 0, page })));
}

for (const policy of ["async-at-setup", "blocking"] as const) {
  testWithQemu(
    `pages that QEMU asks for overtake the background on ${policy} preempt`,
    async () => {
      await using bed = await QemuBed.open();
      await bed.setPreempt(policy);
      await bed.migrate();
      await bed.startPostcopy();
      await assertOvertaking(bed, "preempt");
      await bed.setBandwidth(0);
      await bed.assertArrived();
    },
  );
}

testWithQemu(
  "pages that QEMU asks for come first on main where there is no preempt channel",
  async () => {
    await using bed = await QemuBed.open();
    await bed.setCapabilities("postcopy-ram");
    await bed.setBandwidth(SLOW);
    await bed.migrate();
    await bed.startPostcopy();
    await assertOvertaking(bed, "main");
    await bed.setBandwidth(0);
    await bed.assertArrived();
  },
);
