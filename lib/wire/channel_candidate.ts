/**
 * Tells the channels apart by their first bytes. Nothing else decides what an incoming connection is.
 *
 * The main channel says what it is: a migration begins with "QEVM", a recovery with a command. The preempt channel says
 * nothing: no magic, and no byte until the first urgent page, so that QEMU takes the connection after main for it (up to
 * 10.0: the second connection, whichever it is). A stray connection in between then has the preempt channel's place and the
 * real one is closed. But its first bytes give a stray away: a RAM record begins with an offset within a block and names that
 * block, which nothing else does by chance.
 *
 * @module
 */

import { commandTable } from "./commands.ts";
import { ByteQueue } from "./byte_queue.ts";
import { ELEMENTS, HEADER } from "./elements.ts";
import { encodeFields } from "./layout.ts";
import type { StreamNames } from "./ram_block.ts";
import { RamRecordDecoder } from "./ram_record_decoder.ts";
import { WireError } from "./wire_error.ts";

/** Whether a connection is a certain channel. `more`: its first bytes fit so far, and more of them (264 at most) tell. */
export type CandidateVerdict = "yes" | "no" | "more";

const OFFSET_BYTES = 8;
const MAGIC = encodeFields(HEADER, {}).subarray(0, 4);

/**
 * Judges the first bytes of a connection that may be the main channel of a migration, or of a recovery.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(judgeMainChannel(new TextEncoder().encode("QEVM"), "migration"), "yes");
 * assertEquals(judgeMainChannel(new TextEncoder().encode("GET"), "migration"), "no");
 * ```
 */
export function judgeMainChannel(
  first: Uint8Array,
  stream: "migration" | "recovery",
): CandidateVerdict {
  if (stream === "recovery") return judgeCommand(first);
  const compared = Math.min(first.length, MAGIC.length);
  for (let i = 0; i < compared; i++) if (first[i] !== MAGIC[i]) return "no";
  return compared === MAGIC.length ? "yes" : "more";
}

function judgeCommand(first: Uint8Array): CandidateVerdict {
  if (first.length > 0 && first[0] !== ELEMENTS.command.type) return "no";
  if (first.length < 3) return "more";
  const command = new DataView(first.buffer, first.byteOffset).getUint16(1);
  return commandTable.hasType(command) ? "yes" : "no";
}

/**
 * Judges the first bytes of a connection that may be the preempt channel: whether a RAM record of a known block begins there.
 */
export function judgePreemptChannel(first: Uint8Array, names: StreamNames): CandidateVerdict {
  if (first.length < OFFSET_BYTES) return mayBeOffset(first, names) ? "more" : "no";
  const queue = new ByteQueue();
  queue.push(first);
  try {
    const head = new RamRecordDecoder(queue, "preempt channel", names).peekHead();
    return head === undefined ? "more" : "yes";
  } catch (error) {
    if (error instanceof WireError) return "no";
    throw error;
  }
}

/** Whether the least number that begins with these bytes is still an offset in a block. */
function mayBeOffset(first: Uint8Array, names: StreamNames): boolean {
  const lengths = Array.from(names.blocks.values(), (block) => block.usedLength);
  const padded = new Uint8Array(OFFSET_BYTES);
  padded.set(first);
  return new DataView(padded.buffer).getBigUint64(0) <= Math.max(0, ...lengths);
}
