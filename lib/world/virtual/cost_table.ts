/**
 * What work costs in virtual time. Without these prices a stall would be 0 or the delay that was asked for, by definition.
 * Each is the time that one core is busy, and results print them. They were measured by `cost_table_bench.ts` on 2026-11-26: two
 * cores of a virtual Intel Xeon, Linux 6.18, Deno 2.9.6, nothing else running, or the same on the other core. They are those of
 * warm code, which every engine of virtual time is taken to run.
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

/**
 * One 4 KiB page of a 256 MiB guest on one side, from RAM to the socket or back, as measured while the source still copied pages into
 * its batch: the mean of appending (0.64) and loading (0.70), and its sixteenth of what 64 KiB take longer than 64 bytes in a read or
 * write of a loopback TCP socket (0.16). Now that it leaves them where they lie, and on an AMD EPYC, the same benches give 0.53:
 * appended 0.05, loaded 0.25, out of RAM through the socket 0.38 a side. The price stays, for the sake of figures that can be compared.
 */
const PAGE_COPIED_US = 0.85;

/** One page's bit taken from a dirty bitmap by a sync, 3 % of the pages dirty, so that hardly a word is empty: 0.9-1.4 ns. */
const PAGE_SCANNED_US = 0.0011;

/** One PAGE record decoded by the main channel's decoder, its bytes read already and its page left where it is: 0.10-0.21. */
const RECORD_PARSED_US = 0.15;

/**
 * One read or write of 64 bytes over loopback TCP, both ends in one loop, the mean of both: op dispatch, kernel, promise, and the
 * loop's look at its sockets before the read: 3.7-4.1.
 */
const SYSTEM_CALL_US = 4;

/**
 * One command parsed, executed and answered, query-status and query-migrate by turns, given a thousand at once by an engine in
 * virtual time: 3.1-6.2. What carries it is charged as system calls.
 */
const QMP_COMMAND_US = 5;

/** One connect by the connect Worker over loopback TCP, with a wake-up of either Worker, accepted, adopted and closed: 440-580. */
const CONNECT_US = 500;

/** The prices that a simulation uses unless it is given others. */
export const COST_TABLE: CostTable = {
  "page-copied": PAGE_COPIED_US,
  "page-scanned": PAGE_SCANNED_US,
  "record-parsed": RECORD_PARSED_US,
  "system-call": SYSTEM_CALL_US,
  "qmp-command": QMP_COMMAND_US,
  "connect": CONNECT_US,
};
