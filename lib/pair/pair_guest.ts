/**
 * The guest of a pair, and what its memory must hold wherever it has come to. Who runs it first decides which it is: our guest program
 * in our engine, or in a QEMU without a vCPU, which holds the program's memory until our engine runs it; the boot sector in a QEMU
 * that has a vCPU.
 *
 * @module
 */

import { invariant } from "../invariant.ts";
import { type BootGuest } from "../qemu/boot_sector.ts";
import { bootGuestOf, judgeBootMemory } from "../qemu/boot_sector_memory.ts";
import type { QemuMachine, QemuMachineKind } from "../qemu/qemu_machine.ts";
import { describeDifferences, verifyRam } from "../ram/expected_ram.ts";
import { fillGuestRam } from "../ram/guest_fill.ts";
import { GuestRam } from "../ram/guest_ram.ts";
import { checkGuestFits } from "../ram/guest_workload.ts";
import type { GuestSpec } from "../ram/guest_spec.ts";
import { layoutBlocks, PAGE_SIZE } from "../ram/ram_block.ts";
import { EMBEDDED_PAIR, type PairOptions, type RamVerdict } from "./pair.ts";

/** The guest of a pair. */
export type PairGuest =
  | { readonly kind: "program"; readonly spec: GuestSpec; readonly machine: QemuMachineKind }
  | { readonly kind: "boot-sector"; readonly guest: BootGuest }
  /** That of QEMUs which somebody else started: whatever runs there. */
  | { readonly kind: "theirs" };

/** A guest of which is known what its memory must hold. */
export type KnownGuest = Exclude<PairGuest, { kind: "theirs" }>;

/** What a PC has instead of RAM from 640 KiB to 1 MiB, in pages. */
const PC_HOLE = { first: 0xa0000 / PAGE_SIZE, end: 0x100000 / PAGE_SIZE };

/** The guest that a pair has. @throws {GuestSpecError} when a QEMU cannot run it. */
export function pairGuestOf(
  { guest, ram, machine = "none", engines = EMBEDDED_PAIR }: Pick<
    PairOptions,
    "guest" | "ram" | "machine" | "engines"
  >,
): PairGuest {
  const { source, destination } = engines;
  if (source.kind === "attached") return { kind: "theirs" };
  const ours = source.kind === "embedded" || destination.kind === "embedded";
  const runsInQemu = source.kind !== "embedded" && (!ours || machine === "pc");
  const bytes = ram.reduce((sum, block) => sum + block.bytes, 0);
  if (runsInQemu) return { kind: "boot-sector", guest: bootGuestOf(guest, bytes) };
  checkGuestFits(guest, bytes / PAGE_SIZE);
  return { kind: "program", spec: guest, machine };
}

/** The machine that a QEMU needs for the guest. @param isSource whether it is the one that has the guest first. */
export function machineFor(
  guest: PairGuest,
  { ramBytes, isSource }: { readonly ramBytes: number; readonly isSource: boolean },
): QemuMachine {
  invariant(guest.kind !== "theirs", "Whoever started a QEMU has chosen its machine");
  if (guest.kind === "boot-sector") return { kind: "pc", guest: guest.guest };
  if (guest.machine === "pc") return { kind: "pc", guest: null };
  return isSource
    ? { kind: "none", memory: programMemory(guest.spec, ramBytes) }
    : { kind: "none" };
}

/** What the program's memory holds before its first step. */
function programMemory(spec: GuestSpec, bytes: number): Uint8Array {
  const ram = GuestRam.allocate(layoutBlocks([{ name: "ram", bytes }]));
  fillGuestRam(ram, spec);
  return new Uint8Array(ram.memory);
}

/** Compares a stopped guest's memory, all of which is there, with what it must hold. */
export function judgeGuestMemory(guest: KnownGuest, memory: Uint8Array): RamVerdict {
  const detail = guest.kind === "boot-sector"
    ? judgeBootMemory(guest.guest, memory.subarray(guest.guest.start))
    : judgeProgram(guest, memory);
  return detail === null ? { verdict: "identical" } : { verdict: "different", detail };
}

function judgeProgram(
  { spec, machine }: Extract<PairGuest, { kind: "program" }>,
  memory: Uint8Array,
): string | null {
  const isRam = (page: number) => machine === "none" || page < PC_HOLE.first || page >= PC_HOLE.end;
  const differences = verifyRam(spec, memory, isRam);
  return differences === null ? null : describeDifferences(differences);
}
