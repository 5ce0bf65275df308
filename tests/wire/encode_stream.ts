/**
 * Encodes a stream from its events.
 *
 * @module
 */

import { concat } from "../../lib/wire/concat.ts";
import { encodeMainChannel, type MainChannelEvent } from "../../lib/wire/main_channel_event.ts";
import { MIN_HEAD_BYTES, RamRecordWriter } from "../../lib/wire/ram_record_writer.ts";

/**
 * The bytes of a channel that says `events`: a RAM record follows the previous one with CONTINUE where it is of the same
 * block.
 */
export function encodeStream(events: readonly MainChannelEvent[]): Uint8Array {
  const writer = new RamRecordWriter(MIN_HEAD_BYTES);
  return concat(events.map((event) => encodeEvent(event, writer)));
}

/** The bytes of one event; `writer` is its channel's. */
export function encodeEvent(event: MainChannelEvent, writer: RamRecordWriter): Uint8Array {
  switch (event.kind) {
    case "page":
      writer.page(event.block, event.offset, event.data);
      break;
    case "zero":
      writer.zero(event.block, event.offset);
      break;
    case "eos":
      writer.eos();
      break;
    default:
      return encodeMainChannel(event);
  }
  const bytes = writer.bytes.slice();
  writer.reset();
  return bytes;
}
