/**
 * The return path: what the destination sends back on the main channel.
 *
 * The hard thing is who remembers what: REQ_PAGES names no block and means the one named last **in this session**. Both sides
 * forget it in a recovery, so a session has one `PageRequestEncoder` at its one end and one `ReturnPathDecoder` at its other.
 *
 * @module
 */

import { concat } from "./concat.ts";
import { be32, be64, constant32, name } from "./field.ts";
import { type MessageOf, MessageTable, type Table } from "./layout.ts";
import { encodeReceivedBitmap } from "./received_bitmap.ts";

/** Every message: number and payload. */
export const RETURN_PATH = {
  /** The last message. `status`: 0 when the destination has every page, else it failed. */
  "shut": { type: 1, fields: { status: be32 } },
  /** Answer to a PING; `value` echoes it. PONGs may come in another order than their PINGs. */
  "pong": { type: 2, fields: { value: be32 } },
  /** Page request: `start` and `length` in bytes, whole host pages of `block`. */
  "req-pages-id": { type: 3, fields: { start: be64, length: be32, block: name } },
  /** The same for the block that this session named last. */
  "req-pages": { type: 4, fields: { start: be64, length: be32 } },
  /** Answer to RECV_BITMAP; the bitmap follows the message (see `received_bitmap.ts`). */
  "recv-bitmap": { type: 5, fields: { block: name } },
  /** Answer to POSTCOPY_RESUME: always 1. */
  "resume-ack": { type: 6, fields: { value: constant32(1) } },
  /** The destination is ready for the switch. */
  "switchover-ack": { type: 7, fields: {} },
} as const satisfies Table;

/** Encoder and decoder of the messages' frame. */
export const returnPathTable: MessageTable<typeof RETURN_PATH> = new MessageTable(
  "return path message",
  RETURN_PATH,
);

/** Which pages of a block were received: bit i of byte b stands for page 8b + i, padded to whole 8 bytes. */
export interface ReceivedBitmapMessage {
  readonly kind: "recv-bitmap";
  readonly block: string;
  readonly bitmap: Uint8Array;
}

/** A message, tagged by its row's key. */
export type ReturnPathMessage =
  | Exclude<MessageOf<typeof RETURN_PATH>, { readonly kind: "recv-bitmap" }>
  | ReceivedBitmapMessage;

/** A request for `length` bytes from `start` on of `block`. */
export interface PageRequest {
  readonly block: string;
  readonly start: number;
  readonly length: number;
}

/**
 * The message's bytes. Page requests are encoded by a session's `PageRequestEncoder`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const bytes = encodeReturnPath({ kind: "pong", value: 1 });
 * assertEquals(bytes, new Uint8Array([0, 2, 0, 4, 0, 0, 0, 1]));
 * ```
 */
export function encodeReturnPath(message: ReturnPathMessage): Uint8Array<ArrayBuffer> {
  if (message.kind !== "recv-bitmap") return returnPathTable.encode(message);
  return concat([returnPathTable.encode(message), encodeReceivedBitmap(message.bitmap)]);
}

/** Encodes the page requests of one session: it names a block only where the previous request was for another one. */
export class PageRequestEncoder {
  #lastBlock: string | undefined;

  encode({ block, start, length }: PageRequest): Uint8Array<ArrayBuffer> {
    if (block === this.#lastBlock) return encodeReturnPath({ kind: "req-pages", start, length });
    this.#lastBlock = block;
    return encodeReturnPath({ kind: "req-pages-id", block, start, length });
  }
}
