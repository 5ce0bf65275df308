/**
 * Decodes the preempt channel: RAM records from the first byte, without header, magic or sections.
 *
 * @module
 */

import { ByteQueue } from "./byte_queue.ts";
import type { Decoder } from "./decoder.ts";
import type { StreamNames } from "./ram_block.ts";
import type { RamRecord } from "./ram_record.ts";
import { RamRecordDecoder } from "./ram_record_decoder.ts";
import { WireError } from "./wire_error.ts";

const STREAM = "preempt channel";

/**
 * The preempt channel as RAM records. An EOS is an event like any other and may come anywhere: 7.x sends one at the end.
 */
export class PreemptChannelDecoder implements Decoder<RamRecord> {
  readonly queue: ByteQueue = new ByteQueue();
  readonly #records: RamRecordDecoder;

  /** `names`: what the main channel introduced. It may still be introducing while this decoder exists. */
  constructor(names: StreamNames) {
    this.#records = new RamRecordDecoder(this.queue, STREAM, names);
  }

  next(): RamRecord | undefined {
    return this.#records.next();
  }

  end(): void {
    const { length, offset } = this.queue;
    if (length === 0) return;
    const received = `the end of the stream ${length} bytes later`;
    throw new WireError(STREAM, offset, "a whole RAM record", received);
  }
}
