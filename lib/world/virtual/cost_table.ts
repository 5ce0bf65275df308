/**
 * What work costs in virtual time. Without these prices a stall would be 0 or the delay that was asked for, by definition.
 * Each is the time that one core is busy on the two-core machine that they were measured on; results print them.
 *
 * The hard part is not to pay twice. Threads `spend` what only they know of: pages, records, QMP commands. The virtual
 * network itself charges a system call for each read, write and accept that gets something, and a connect to the time that
 * the connect takes.
 *
 * @module
 */

import type { Work } from "../world.ts";

/** The price of one unit of each kind of work, in microseconds; at least 0, a multiple of a picosecond. */
export type CostTable = Readonly<Record<Work, number>>;

/** One 4 KiB page copied between shared memories at 3.4 GB/s; measured: 2.9-3.6. */
const PAGE_COPIED_US = 1.2;

/** One page's bit looked at in a dirty bitmap, 3 % of the pages dirty; measured: 1.6 Gbit/s. */
const PAGE_SCANNED_US = 0.0006;

/** One RAM record's header decoded; estimated, to be calibrated. */
const RECORD_PARSED_US = 0.5;

/** One read, write or accept of a socket: op dispatch, kernel, promise; estimated, to be calibrated. */
const SYSTEM_CALL_US = 5;

/** One QMP command parsed, executed and answered; estimated, to be calibrated. */
const QMP_COMMAND_US = 60;

/** One connect by the connect worker, besides the way there and back; estimated, to be calibrated. */
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
