/**
 * Copies a page between received bytes and guest RAM.
 *
 * `Uint8Array.set` with a SharedArrayBuffer on one side runs at half the speed or less where the two ends are not equal mod
 * 8. In a stream they rarely are: a name or a ZERO record shifts every page behind it. A second copy through a page of
 * ordinary memory, which stays in the CPU's first cache, costs next to nothing (measured: direct 2.5-3.8 GB/s, through the
 * bounce page 5-8).
 *
 * @module
 */

import { PAGE_SIZE } from "./ram_block.ts";

const bouncePage = new Uint8Array(PAGE_SIZE);

/** Copies `page`, PAGE_SIZE bytes, to index `at` of `target`. Either may lie on a SharedArrayBuffer. */
export function copyPage(target: Uint8Array, at: number, page: Uint8Array): void {
  if (((target.byteOffset + at - page.byteOffset) & 7) === 0) {
    target.set(page, at);
  } else {
    bouncePage.set(page);
    target.set(bouncePage, at);
  }
}
