/**
 * What the boot sector's memory may hold, wherever its guest was stopped. In the order of visits the first bytes of the pages are
 * one number, and from the page that the pass under way has come to on, one less; behind it stands the page's own address, and
 * nothing else. A page that is lost, stale, zeroed or in another's place breaks one of these.
 *
 * @module
 */

import { type GuestSpec, GuestSpecError } from "../ram/guest_spec.ts";
import { strideFor } from "../ram/guest_workload.ts";
import { PAGE_SIZE } from "../ram/ram_block.ts";
import { type BootGuest, TICKS_PER_SECOND } from "./boot_sector.ts";

/** Below lie the BIOS and what PCs have there. */
const START = 1 << 20;
/** What the BIOS keeps for itself at the end of RAM. */
const TOP_BYTES = 1 << 20;
/** The least RAM that a guest fits. */
export const LEAST_RAM_BYTES = 4 << 20;

const STAMP_BYTE = 4;
const STAMP_END = 8;

/**
 * The boot sector's guest that comes nearest to a workload. It has one vCPU, which touches as often as all of the workload's do, and
 * every touch is a write.
 *
 * @throws {GuestSpecError} when the order of its touches cannot be had, or the RAM is too small.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { readGuest } from "../ram/guest_spec.ts";
 * const guest = bootGuestOf(readGuest({ vcpus: 2, touches: 500, workload: "sequential" }), 8 << 20);
 * assertEquals(guest, { start: 1 << 20, pages: 1536, stride: 1, delayTicks: 3579 });
 * ```
 */
export function bootGuestOf(spec: GuestSpec, ramBytes: number): BootGuest {
  const { workload, touchesPerSecond, vcpus } = spec;
  if (workload.kind !== "sequential" && workload.kind !== "strided") {
    throw new GuestSpecError(
      `Cannot run a guest in QEMU: workload expected sequential or strided, received ${workload.kind}`,
    );
  }
  if (ramBytes < LEAST_RAM_BYTES) {
    throw new GuestSpecError(
      `Cannot run a guest in QEMU: expected at least ${LEAST_RAM_BYTES} bytes of RAM, received ${ramBytes}`,
    );
  }
  const pages = (ramBytes - START - TOP_BYTES) / PAGE_SIZE;
  const stride = strideFor(workload, pages);
  const touches = touchesPerSecond * vcpus;
  const delayTicks = touches === 0 ? null : Math.floor(TICKS_PER_SECOND / touches);
  return { start: START, pages, stride, delayTicks };
}

/**
 * What is wrong with the memory of a guest that is stopped, as a sentence; `null` if nothing is.
 *
 * @param memory the guest's range, from `start` on.
 */
export function judgeBootMemory(guest: BootGuest, memory: Uint8Array): string | null {
  const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
  const first = view.getUint8(0);
  let current = first;
  for (let visit = 0, page = 0; visit < guest.pages; visit++) {
    const at = page * PAGE_SIZE;
    const problem = judgeStamp(guest.start + at, memory.subarray(at, at + PAGE_SIZE));
    if (problem !== null) return problem;
    const count = view.getUint8(at);
    // A pass under way has come to here.
    if (count !== current && current === first && count === previous(first)) current = count;
    if (count !== current) {
      return `the page at ${guest.start + at} was visited ${count} times, expected ${current}`;
    }
    page = (page + guest.stride) % guest.pages;
  }
  return null;
}

function previous(count: number): number {
  return (count + 255) % 256;
}

/** Whether a page is the one of this address, and nothing else was written to it. */
function judgeStamp(address: number, page: Uint8Array): string | null {
  const stamp = new DataView(page.buffer, page.byteOffset).getUint32(STAMP_BYTE, true);
  if (stamp !== address) return `the page at ${address} says that it lies at ${stamp}`;
  const isClean = page.subarray(1, STAMP_BYTE).every((byte) => byte === 0) &&
    page.subarray(STAMP_END).every((byte) => byte === 0);
  return isClean ? null : `the page at ${address} holds what the guest never wrote`;
}
