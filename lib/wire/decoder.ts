/**
 * The common shape of the decoders: push bytes, pull events, never wait.
 *
 * Decoders are sans-io. A pull loop over a socket, a tap beside a live stream, a test that splits a message at every byte and
 * the virtual world all drive the same code, because it only ever sees bytes that are there:
 *
 *     for (;;) {
 *       for (let event = decoder.next(); event !== undefined; event = decoder.next()) handle(event);
 *       const count = await channel.read(decoder.queue.reserve(65536));
 *       if (count === null) break;
 *       decoder.queue.commit(count);
 *     }
 *     decoder.end();
 *
 * @module
 */

import type { ByteQueue } from "./byte_queue.ts";

/** Turns the bytes of one stream into events. */
export interface Decoder<Event> {
  /** Where received bytes go. Only the decoder takes bytes out. */
  readonly queue: ByteQueue;
  /**
   * The next event, or `undefined` when more bytes are needed. A page's `data` is a view of the queue, valid until the
   * queue's next `reserve()` or `push()`; everything else in an event is the caller's to keep.
   *
   * @throws {WireError} when the bytes are not the protocol; every later call throws it again.
   */
  next(): Event | undefined;
  /**
   * States that the stream ended behind the bytes in the queue, all of whose events were pulled.
   *
   * @throws {WireError} when that is inside of an element.
   */
  end(): void;
}
