/**
 * Precopy from the embedded engine into a real QEMU.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { IDLE_GUEST, QemuBed, RUNNING_GUEST } from "./qemu_bed.ts";
import { testWithQemu } from "./test_with_qemu.ts";

const NEED = { need: "qemu" } as const;

testWithQemu("a precopy migration brings every page of an idle guest to QEMU", async () => {
  await using bed = await QemuBed.open({ guest: IDLE_GUEST });
  await bed.setCapabilities("return-path");
  await bed.migrate();
  await bed.assertArrived();
  assertEquals(bed.source.statuses, ["setup", "active", "device", "completed"]);
  assertEquals(bed.destination.statuses.at(-1), "completed");
}, NEED);

testWithQemu("a precopy migration without a return path completes as well", async () => {
  await using bed = await QemuBed.open({ guest: IDLE_GUEST });
  await bed.setCapabilities();
  await bed.migrate();
  await bed.assertArrived();
}, NEED);

testWithQemu("a precopy migration takes over what a running guest wrote last", async () => {
  await using bed = await QemuBed.open({ guest: RUNNING_GUEST });
  await bed.setCapabilities("return-path");
  await bed.source.qmp.execute("migrate-set-parameters", { "max-bandwidth": 20_000_000 });
  await bed.migrate();
  await bed.assertArrived();
}, NEED);
