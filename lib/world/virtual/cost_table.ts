/**
 * What work costs in virtual time. Without these prices a stall would be 0 or the delay that was asked for, by definition. Each is
 * the time that one core is busy, measured on the machine of `platform.md`; the micro benchmarks calibrate them, results print them.
 *
 * @module
 */

import type { Work } from "../world.ts";

/** The price of one unit of each kind of work, in microseconds; at least 0, a multiple of a picosecond. */
export type CostTable = Readonly<Record<Work, number>>;

/** One 4 KiB page copied between shared memories at 3.4 GB/s (platform.md: 2.9-3.6). */
const PAGE_COPIED_US = 1.2;

/** One page's bit looked at in a dirty bitmap of 3 % dirty pages, 1.6 Gbit/s. */
const PAGE_SCANNED_US = 0.0006;

/** One RAM record's header decoded; two thirds of an event of the full protocol at 1.1-1.5 million events/s. */
const RECORD_PARSED_US = 0.5;

/** One read, write or accept of a socket: op dispatch, the kernel, the promise. */
const SYSTEM_CALL_US = 5;

/** One QMP command: JSON parsed, executed, answered. */
const QMP_COMMAND_US = 60;

/** One connect by the connect worker, there and back; it keeps that worker busy, not the main loop. */
const CONNECT_US = 100;

/** The prices that a simulation uses unless it is given others. */
export const COST_TABLE: CostTable = {
  "page-copied": PAGE_COPIED_US,
  "page-scanned": PAGE_SCANNED_US,
  "record-parsed": RECORD_PARSED_US,
  "system-call": SYSTEM_CALL_US,
  "qmp-command": QMP_COMMAND_US,
  "connect": CONNECT_US,
};
