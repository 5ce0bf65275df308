/**
 * Guest RAM that is used again: SharedArrayBuffers of ended runs stay until a collection, so a process that made new ones for each run
 * would grow by the guests' size every time.
 *
 * @module
 */

import { GuestRam } from "../ram/guest_ram.ts";
import { layoutBlocks, type RamBlockSize } from "../ram/ram_block.ts";

const idle: GuestRam[] = [];

/** RAM of this layout, as new. Give it back with `giveRam`. */
export function takeRam(sizes: readonly RamBlockSize[]): GuestRam {
  const blocks = layoutBlocks(sizes);
  const wanted = JSON.stringify(blocks);
  const at = idle.findIndex((ram) => JSON.stringify(ram.blocks) === wanted);
  if (at < 0) return preallocated(GuestRam.allocate(blocks));
  const [ram] = idle.splice(at, 1);
  ram!.reset();
  return ram!;
}

/** Has the kernel hand out every page now (QEMU's `prealloc=on`), or a migration would be measured with a page fault for each. */
function preallocated(ram: GuestRam): GuestRam {
  ram.memory.fill(0);
  return ram;
}

/** Gives RAM back that nothing uses any more. */
export function giveRam(ram: GuestRam): void {
  idle.push(ram);
}
