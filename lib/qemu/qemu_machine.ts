/**
 * The machines that a QEMU is started as.
 *
 * `none` is the smallest that can migrate: one RAM block named `ram`, and neither vCPU nor device, so that our engine can be its
 * peer in either direction. `pc` runs the boot sector's guest, whose devices only another QEMU understands.
 *
 * @module
 */

import { type BootGuest, bootSector } from "./boot_sector.ts";

/** A machine and what runs on it. */
export type QemuMachine =
  | {
    readonly kind: "none";
    /** What its RAM holds at first; absent: zeros. */
    readonly memory?: Uint8Array;
  }
  | {
    readonly kind: "pc";
    /** `null`: it takes memory in, and its vCPU is never started, which postcopy would do whatever the source says. */
    readonly guest: BootGuest | null;
  };

/** A machine by its name. */
export type QemuMachineKind = QemuMachine["kind"];

/** Where the guest's COM1 ends, in a QEMU's folder. */
export const SERIAL_FILE = "com1";

/** Writes what the machine is started from to a QEMU's folder, and returns its arguments. */
export async function prepareMachine(machine: QemuMachine, folder: string): Promise<string[]> {
  switch (machine.kind) {
    case "none":
      return ["-machine", "none", ...await imageArguments(machine.memory, folder)];
    case "pc": {
      if (machine.guest === null) return ["-machine", "pc", "-S"];
      const disk = `${folder}/boot.img`;
      await Deno.writeFile(disk, bootSector(machine.guest));
      return [
        ...["-machine", "pc", "-serial", `file:${folder}/${SERIAL_FILE}`],
        ...["-drive", `file=${disk},format=raw,if=floppy,readonly=on`],
      ];
    }
  }
}

async function imageArguments(memory: Uint8Array | undefined, folder: string): Promise<string[]> {
  if (memory === undefined) return [];
  const image = `${folder}/memory.img`;
  await Deno.writeFile(image, memory);
  return ["-device", `loader,file=${image},addr=0,force-raw=on`];
}
