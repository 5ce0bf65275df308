/**
 * What guest memory must hold after so many steps of each vCPU, computed from the guest alone. This judges a migration from
 * outside, byte by byte, whichever engine or QEMU did it: the only thing taken from the memory under test is how many steps it
 * says were done, and a wrong answer to that shows in the pages.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { invariant } from "../invariant.ts";
import { GuestFill } from "./guest_fill.ts";
import {
  PAGE_WORDS,
  readSlot,
  REGISTER_PAGE,
  registerSlot,
  stepsOfRegister,
  writeSlot,
  writtenSlot,
} from "./guest_page.ts";
import type { GuestSpec } from "./guest_spec.ts";
import { GuestWorkload } from "./guest_workload.ts";
import { PAGE_SIZE } from "./ram_block.ts";
import { WriteHistory } from "./write_history.ts";

/** The first byte of a page that is not as it must be. */
export interface RamDifference {
  readonly page: number;
  /** Within the page. */
  readonly byte: number;
  readonly expected: number;
  readonly found: number;
}

/** How many differing pages are listed. */
const MAX_DIFFERENCES = 8;

/**
 * A guest's memory after `steps[k]` steps of vCPU k.
 *
 * @throws {GuestSpecError} when the guest does not fit so many pages.
 */
export class ExpectedRam {
  readonly #fill: GuestFill;
  readonly #histories: readonly WriteHistory[];

  constructor(spec: GuestSpec, pages: number, steps: readonly number[]) {
    this.#fill = new GuestFill(spec);
    this.#histories = steps.map((count, vcpu) => {
      const history = new WriteHistory(new GuestWorkload(spec, pages, vcpu), pages, spec.quota);
      history.moveTo(count);
      return history;
    });
  }

  /** Stores a page's content in `into`: 1024 words. */
  page(page: number, into: Int32Array): void {
    this.#fill.page(page, into, 0);
    for (const [vcpu, history] of this.#histories.entries()) {
      if (page === REGISTER_PAGE) writeSlot(into, 0, vcpu, registerSlot(history.steps));
      else if (history.lastWrite(page) >= 0) {
        writeSlot(into, 0, vcpu, writtenSlot(history.lastWrite(page)));
      }
    }
  }
}

/**
 * Compares a stopped guest's whole memory with what it must be. 1 GiB takes about half a second. A register page that does not
 * say how many steps a vCPU has done is itself a difference, and the rest is compared as if there were none.
 *
 * @param memory all blocks, one behind the other.
 * @param isRam whether a page is looked at at all: a PC has a hole in its RAM. @default every page
 * @returns the first differing pages, or `null` when there is none.
 * @throws {GuestSpecError} when the guest does not fit the memory.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { GuestRam } from "./guest_ram.ts";
 * import { fillGuestRam } from "./guest_fill.ts";
 * import { readGuest } from "./guest_spec.ts";
 *
 * const ram = GuestRam.allocate([{ name: "ram", offset: 0, length: 16 * 4096 }]);
 * const spec = readGuest({ fill: "pattern" });
 * fillGuestRam(ram, spec);
 * assertEquals(verifyRam(spec, ram.memory), null);
 * ram.memory[3 * 4096] = 7;
 * assertEquals(verifyRam(spec, ram.memory), [{ page: 3, byte: 0, expected: 0, found: 7 }]);
 * ```
 */
export function verifyRam(
  spec: GuestSpec,
  memory: Uint8Array,
  isRam: (page: number) => boolean = () => true,
): readonly RamDifference[] | null {
  const pages = memory.length / PAGE_SIZE;
  invariant(Number.isInteger(pages), `Memory of ${memory.length} bytes, which are no whole pages`);
  const expected = new ExpectedRam(spec, pages, readRegisters(spec.vcpus, memory));
  const words = new Int32Array(PAGE_WORDS);
  const bytes = new Uint8Array(words.buffer);
  const differences: RamDifference[] = [];
  for (let page = 0; page < pages && differences.length < MAX_DIFFERENCES; page++) {
    if (!isRam(page)) continue;
    expected.page(page, words);
    const found = memory.subarray(page * PAGE_SIZE, (page + 1) * PAGE_SIZE);
    if (Buffer.compare(found, bytes) === 0) continue;
    const byte = bytes.findIndex((value, at) => value !== found[at]);
    differences.push({ page, byte, expected: bytes[byte]!, found: found[byte]! });
  }
  return differences.length === 0 ? null : differences;
}

/** The steps that each vCPU has done, as the register page says. */
function readRegisters(vcpus: number, memory: Uint8Array): number[] {
  const words = new Int32Array(PAGE_WORDS);
  new Uint8Array(words.buffer).set(memory.subarray(0, PAGE_SIZE));
  return Array.from({ length: vcpus }, (_, vcpu) => {
    return stepsOfRegister(readSlot(words, 0, vcpu)) ?? 0;
  });
}

/**
 * Differences in one sentence.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(
 *   describeDifferences([{ page: 3, byte: 0, expected: 0, found: 7 }]),
 *   "1 page differs: page 3 from byte 0 on (expected 0, found 7)",
 * );
 * ```
 */
export function describeDifferences(differences: readonly RamDifference[]): string {
  const count = differences.length;
  const many = count === MAX_DIFFERENCES
    ? `${count} pages or more differ`
    : `${count} pages differ`;
  const pages = differences.map(({ page, byte, expected, found }) =>
    `page ${page} from byte ${byte} on (expected ${expected}, found ${found})`
  );
  return `${count === 1 ? "1 page differs" : many}: ${pages.join(", ")}`;
}
