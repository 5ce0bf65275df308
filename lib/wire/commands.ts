/**
 * The commands that the source sends among the sections of the main channel.
 *
 * Each row is one command of the protocol: its number and its payload. PACKAGED is the one whose bytes do not end with its
 * payload: as many bytes of nested stream follow as its `length` states. What must not be half done travels in there, from
 * LISTEN up to RUN, so that the destination has all of it before it acts on any of it.
 *
 * @module
 */

import { be32, be64, constant8, name, ranges } from "./field.ts";
import { type MessageOf, MessageTable, type Table } from "./layout.ts";

/** The longest package, in bytes: QEMU's limit. */
export const MAX_PACKAGE_BYTES = 1 << 24;

/** Every command: number and payload. */
export const COMMANDS = {
  /** Asks the destination to open the return path. The first command of a migration that can become postcopy. */
  "open-return-path": { type: 1, fields: {} },
  /** Asks for a PONG with the same `value`, at once. */
  "ping": { type: 2, fields: { value: be32 } },
  /** Postcopy may follow. `pageSizeSummary`: the RAM blocks' page sizes or-ed; both must match the destination's. */
  "postcopy-advise": { type: 3, fields: { pageSizeSummary: be64, targetPageSize: be64 } },
  /** From here on missing pages fault and are requested. */
  "postcopy-listen": { type: 4, fields: {} },
  /** The guest runs on the destination. */
  "postcopy-run": { type: 5, fields: {} },
  /** Pages of `block` that the destination must forget: dirtied again after they were sent, or never sent. */
  "postcopy-ram-discard": {
    type: 6,
    fields: { version: constant8(0), block: name, terminator: constant8(0), ranges },
  },
  /** `length` bytes of nested stream follow, read whole before they are processed. */
  "packaged": { type: 7, fields: { length: be32 } },
  /** COLO, which this project does not speak. */
  "enable-colo": { type: 8, fields: {} },
  /** The recovery's handshake is done: postcopy goes on. Answered by RESUME_ACK. */
  "postcopy-resume": { type: 9, fields: {} },
  /** In a recovery: asks which pages of `block` were received. Answered by RECV_BITMAP. */
  "recv-bitmap": { type: 10, fields: { block: name } },
  /** First command of the switch, from QEMU 10.0 on. */
  "switchover-start": { type: 11, fields: {} },
} as const satisfies Table;

/** A command, tagged by its row's key. */
export type Command = MessageOf<typeof COMMANDS>;

/** Encoder and decoder of a command's frame, without the COMMAND byte in front of it. */
export const commandTable: MessageTable<typeof COMMANDS> = new MessageTable("command", COMMANDS);
