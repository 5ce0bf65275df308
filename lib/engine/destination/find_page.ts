/**
 * Where a page of the stream lies in our RAM.
 *
 * @module
 */

import type { GuestRam } from "../../ram/guest_ram.ts";
import { pageAtOffset } from "../../ram/ram_block.ts";
import { SessionError } from "../session.ts";

/** The global index of a page that the peer named. @throws {SessionError} when there is none. */
export function findPage(ram: GuestRam, name: string, offset: number): number {
  const block = ram.blockNamed(name);
  const page = block === null ? null : pageAtOffset(block, offset);
  if (page === null) throw new SessionError(`There is no page at ${offset} of RAM block "${name}"`);
  return page;
}
