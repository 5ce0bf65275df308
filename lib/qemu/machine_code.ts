/**
 * The little of an assembler that a boot sector needs: bytes with their meaning beside them, and short jumps to names.
 *
 * @module
 */

import { invariant } from "../invariant.ts";

/** One line of a program: a place with a name, or an instruction with what it does. */
export type CodeLine =
  | { readonly label: string }
  | { readonly bytes: readonly number[]; readonly does: string }
  /** An instruction whose last byte is the distance from its end to a label: -128 to 127. */
  | { readonly jump: readonly number[]; readonly to: string; readonly does: string };

/**
 * The bytes of a program.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const program: CodeLine[] = [
 *   { label: "sleep" },
 *   { bytes: [0xf4], does: "hlt" },
 *   { jump: [0xeb], to: "sleep", does: "jmp sleep" },
 * ];
 * assertEquals(assemble(program), new Uint8Array([0xf4, 0xeb, 0xfd]));
 * ```
 */
export function assemble(lines: readonly CodeLine[]): Uint8Array<ArrayBuffer> {
  const labels = addressesOf(lines);
  const code: number[] = [];
  for (const line of lines) {
    if ("bytes" in line) code.push(...line.bytes);
    if (!("jump" in line)) continue;
    const target = labels.get(line.to);
    invariant(target !== undefined, `There is no label "${line.to}"`);
    const distance = target - (code.length + line.jump.length + 1);
    invariant(distance >= -128 && distance < 128, `"${line.to}" is ${distance} bytes away`);
    code.push(...line.jump, distance & 0xff);
  }
  return new Uint8Array(code);
}

/** Where a label lies, in bytes from the program's begin. */
export function addressOf(lines: readonly CodeLine[], label: string): number {
  const address = addressesOf(lines).get(label);
  invariant(address !== undefined, `There is no label "${label}"`);
  return address;
}

/** The bytes of a little-endian number, as x86 has its operands. */
export function little(value: number, bytes: 2 | 4): number[] {
  return Array.from({ length: bytes }, (_, byte) => (value >>> (8 * byte)) & 0xff);
}

function addressesOf(lines: readonly CodeLine[]): Map<string, number> {
  const labels = new Map<string, number>();
  let address = 0;
  for (const line of lines) {
    if ("label" in line) labels.set(line.label, address);
    else address += "bytes" in line ? line.bytes.length : line.jump.length + 1;
  }
  return labels;
}
