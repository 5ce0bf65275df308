/**
 * Where the guest program keeps what in a page. Each vCPU has a **slot** of three words in every page: one in the first, one in
 * the middle and one in the last part, so that a page of which only a part is there is seen.
 *
 *     word    0 ..   63   vCPU 0 ... vCPU 63, first word
 *           512 ..  575   vCPU 0 ... vCPU 63, middle word
 *           960 .. 1023   vCPU 0 ... vCPU 63, last word
 *
 * A write in step n stores n + 1 in all three (little-endian). Page 0 is the **register page**: no step touches it, and a slot in
 * it holds how many steps its vCPU has done: n, ~n, n. What is in no slot keeps its initial content for ever.
 *
 * @module
 */

import { PAGE_SIZE } from "./ram_block.ts";

/** The most vCPUs that a page has slots for. */
export const MAX_VCPUS = 64;

/** The global index of the page that holds how many steps each vCPU has done. */
export const REGISTER_PAGE = 0;

/** Words of 4 bytes in a page. */
export const PAGE_WORDS = PAGE_SIZE / 4;

/** vCPU 0's middle word in a page; vCPU k's is k words behind it. */
export const MIDDLE_WORD = PAGE_WORDS / 2;

/** vCPU 0's last word in a page; vCPU k's is k words behind it. */
export const LAST_WORD = PAGE_WORDS - MAX_VCPUS;

/** The first, middle and last word of a slot, as signed 32-bit integers. */
export type SlotWords = readonly [first: number, middle: number, last: number];

/** Reads a vCPU's slot of a page; `words` is guest memory from `at` (words) on. */
export function readSlot(words: Int32Array, at: number, vcpu: number): SlotWords {
  return [words[at + vcpu]!, words[at + MIDDLE_WORD + vcpu]!, words[at + LAST_WORD + vcpu]!];
}

/** Writes a vCPU's slot of a page. */
export function writeSlot(words: Int32Array, at: number, vcpu: number, slot: SlotWords): void {
  words[at + vcpu] = slot[0];
  words[at + MIDDLE_WORD + vcpu] = slot[1];
  words[at + LAST_WORD + vcpu] = slot[2];
}

/** Whether two slots hold the same. */
export function equalSlots(left: SlotWords, right: SlotWords): boolean {
  return left[0] === right[0] && left[1] === right[1] && left[2] === right[2];
}

/** The slot that a write in step `step` leaves. */
export function writtenSlot(step: number): SlotWords {
  return [step + 1, step + 1, step + 1];
}

/** The slot of the register page after so many steps. */
export function registerSlot(steps: number): SlotWords {
  return [steps, ~steps, steps];
}

/** The steps that a slot of the register page says were done; `null` when it holds no such number. */
export function stepsOfRegister(slot: SlotWords): number | null {
  return slot[0] >= 0 && equalSlots(slot, registerSlot(slot[0])) ? slot[0] : null;
}
