/**
 * The guest of a QEMU that has a vCPU: a boot sector of our own, 512 bytes that dirty memory for ever. It stamps each page of a
 * range with its address, then visits them in an order that a stride gives, adds one to the first byte of each, and says on COM1
 * which pass it has done. What the memory may hold follows from that (`boot_sector_memory.ts`), so a migration can be judged by
 * the memory alone, wherever the guest was stopped.
 *
 * The hard thing is the pace. How fast QEMU's emulation runs is not known, so the guest looks at the ACPI timer, which counts
 * 3579545 times a second under emulation and KVM alike, at the port where SeaBIOS puts it.
 *
 * @module
 */

import { PAGE_SIZE } from "../ram/ram_block.ts";
import { addressOf, assemble, type CodeLine, little } from "./machine_code.ts";
import { invariant } from "../invariant.ts";

/** What the guest does. */
export interface BootGuest {
  /** The first byte that it touches: 1 MiB or more, a multiple of the page size. */
  readonly start: number;
  /** Pages that it touches. */
  readonly pages: number;
  /** From one page to the next visited, in pages; coprime with `pages`, so that a pass visits each one once. */
  readonly stride: number;
  /** Ticks of the ACPI timer between two touches; 0: as fast as it can; `null`: it touches nothing, once pages are stamped. */
  readonly delayTicks: number | null;
}

/** Ticks of the ACPI timer in a second. */
export const TICKS_PER_SECOND = 3_579_545;

/** Where the BIOS loads a boot sector. */
const ORIGIN = 0x7c00;
const SECTOR_BYTES = 512;
const SIGNATURE = [0x55, 0xaa];
const COM1 = 0x3f8;
/** The ACPI timer of QEMU's `pc`: 24 bits, behind the base that SeaBIOS sets. */
const TIMER = 0x608;

/** Flat segments of 4 GiB: none, code, data. */
const SEGMENTS = [
  [0, 0, 0, 0, 0, 0, 0, 0],
  [0xff, 0xff, 0, 0, 0, 0x9a, 0xcf, 0],
  [0xff, 0xff, 0, 0, 0, 0x92, 0xcf, 0],
];
const CODE_SEGMENT = 8;
const DATA_SEGMENT = 16;

/** The boot sector. */
export function bootSector(guest: BootGuest): Uint8Array<ArrayBuffer> {
  const { start, pages, stride } = guest;
  invariant(start >= 1 << 20 && start % PAGE_SIZE === 0, `A guest that begins at ${start}`);
  invariant(stride > 0 && start + (pages + stride) * PAGE_SIZE < 2 ** 32, "A range beyond 4 GiB");
  // Addresses have the same length whatever they are.
  const draft = program(guest, () => 0);
  const code = assemble(program(guest, (label) => ORIGIN + addressOf(draft, label)));
  invariant(code.length <= SECTOR_BYTES - SIGNATURE.length, `${code.length} bytes of code`);
  const sector = new Uint8Array(SECTOR_BYTES);
  sector.set(code);
  sector.set(SIGNATURE, SECTOR_BYTES - SIGNATURE.length);
  return sector;
}

/** The whole of it. @param place where a label lies in memory. */
function program(guest: BootGuest, place: (label: string) => number): CodeLine[] {
  return [
    ...enterProtectedMode(place),
    ...stampPages(guest),
    ...touchPages(guest),
    ...segmentTable(place),
  ];
}

/** From the 16 bits in which the BIOS starts it to 32 bits, in which all memory can be addressed. */
function enterProtectedMode(place: (label: string) => number): CodeLine[] {
  const flat = [...little(place("flat"), 2), ...little(CODE_SEGMENT, 2)];
  return [
    { bytes: [0xfa], does: "cli: there is no handler for any interrupt" },
    { bytes: [0x31, 0xc0], does: "xor ax, ax" },
    { bytes: [0x8e, 0xd8], does: "mov ds, ax: addresses are physical" },
    { bytes: [0x0f, 0x01, 0x16, ...little(place("table"), 2)], does: "lgdt [table]" },
    { bytes: [0x0f, 0x20, 0xc0], does: "mov eax, cr0" },
    { bytes: [0x0c, 0x01], does: "or al, 1: protected mode" },
    { bytes: [0x0f, 0x22, 0xc0], does: "mov cr0, eax" },
    { bytes: [0xea, ...flat], does: "jmp code:flat" },
    { label: "flat" },
    { bytes: [0x66, 0xb8, ...little(DATA_SEGMENT, 2)], does: "mov ax, data" },
    { bytes: [0x8e, 0xd8], does: "mov ds, ax" },
    { bytes: [0x8e, 0xc0], does: "mov es, ax" },
    { bytes: [0xfc], does: "cld: strings go upwards" },
    { bytes: [0xe4, 0x92], does: "in al, 0x92" },
    { bytes: [0x0c, 0x02], does: "or al, 2: address line 20, or odd MiBs would be even ones" },
    { bytes: [0xe6, 0x92], does: "out 0x92, al" },
  ];
}

/**
 * Clears each page of what the BIOS has left there, and writes its address to its second word: no page is zero, and one in
 * another's place is seen.
 */
function stampPages({ start, pages }: BootGuest): CodeLine[] {
  return [
    { bytes: [0xbf, ...little(start, 4)], does: "mov edi, start" },
    { bytes: [0xbe, ...little(pages, 4)], does: "mov esi, pages" },
    { bytes: [0x31, 0xc0], does: "xor eax, eax" },
    { label: "stamp" },
    { bytes: [0x89, 0xfb], does: "mov ebx, edi" },
    { bytes: [0xb9, ...little(PAGE_SIZE / 4, 4)], does: "mov ecx, 1024" },
    { bytes: [0xf3, 0xab], does: "rep stosd: edi is at the next page then" },
    { bytes: [0x89, 0x5b, 0x04], does: "mov [ebx + 4], ebx" },
    { bytes: [0x4e], does: "dec esi" },
    { jump: [0x75], to: "stamp", does: "jnz stamp" },
    { bytes: [0xbf, ...little(start, 4)], does: "mov edi, start" },
    { bytes: [0x31, 0xdb], does: "xor ebx, ebx: the passes done" },
  ];
}

/** A pass after the other: wait, add one, go on by the stride; after each pass its number goes to COM1. Pass 0 is none. */
function touchPages({ start, pages, stride, delayTicks }: BootGuest): CodeLine[] {
  const report: CodeLine[] = [
    { bytes: [0x66, 0xba, ...little(COM1, 2)], does: "mov dx, COM1" },
    { bytes: [0x88, 0xd8], does: "mov al, bl" },
    { bytes: [0xee], does: "out dx, al" },
  ];
  if (delayTicks === null) {
    return [
      ...report,
      { label: "sleep" },
      { bytes: [0xf4], does: "hlt" },
      { jump: [0xeb], to: "sleep", does: "jmp sleep" },
    ];
  }
  const end = start + pages * PAGE_SIZE;
  return [
    { label: "pass" },
    ...report,
    { bytes: [0xbe, ...little(pages, 4)], does: "mov esi, pages" },
    { label: "touch" },
    ...waitTicks(delayTicks),
    { bytes: [0xfe, 0x07], does: "inc byte [edi]" },
    { bytes: [0x81, 0xc7, ...little(stride * PAGE_SIZE, 4)], does: "add edi, stride" },
    { bytes: [0x81, 0xff, ...little(end, 4)], does: "cmp edi, end" },
    { jump: [0x72], to: "inside", does: "jb inside" },
    { bytes: [0x81, 0xef, ...little(pages * PAGE_SIZE, 4)], does: "sub edi, range" },
    { label: "inside" },
    { bytes: [0x4e], does: "dec esi" },
    { jump: [0x75], to: "touch", does: "jnz touch" },
    { bytes: [0xfe, 0xc3], does: "inc bl" },
    { jump: [0xeb], to: "pass", does: "jmp pass" },
  ];
}

/** Waits until so many ticks have gone by since the last touch. Time that the guest lost, stopped or in a fault, is not made up for. */
function waitTicks(ticks: number): CodeLine[] {
  if (ticks === 0) return [];
  return [
    { bytes: [0x66, 0xba, ...little(TIMER, 2)], does: "mov dx, timer" },
    { label: "wait" },
    { bytes: [0xed], does: "in eax, dx" },
    { bytes: [0x89, 0xc1], does: "mov ecx, eax" },
    { bytes: [0x29, 0xe9], does: "sub ecx, ebp: ticks since the last touch" },
    {
      bytes: [0x81, 0xe1, ...little(0xffffff, 4)],
      does: "and ecx, 0xffffff: the timer has 24 bits",
    },
    { bytes: [0x81, 0xf9, ...little(ticks, 4)], does: "cmp ecx, ticks" },
    { jump: [0x72], to: "wait", does: "jb wait" },
    { bytes: [0x89, 0xc5], does: "mov ebp, eax" },
  ];
}

/** The table of segments, and the six bytes that tell where it lies. */
function segmentTable(place: (label: string) => number): CodeLine[] {
  const segments = SEGMENTS.flat();
  return [
    { label: "segments" },
    { bytes: segments, does: "none, code, data" },
    { label: "table" },
    { bytes: little(segments.length - 1, 2), does: "its length less one" },
    { bytes: little(place("segments"), 4), does: "where it lies" },
  ];
}
