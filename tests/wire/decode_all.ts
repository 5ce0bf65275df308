/**
 * Runs a decoder over a stream that arrives in pieces.
 *
 * @module
 */

import type { Decoder } from "../../lib/wire/decoder.ts";

/**
 * Feeds `bytes` to the decoder in pieces, cut at the ascending indexes `cuts`, and returns every event up to the stream's
 * end. Data is copied, since that of a page is a view that the next piece overwrites.
 */
export function decodeAll<Event extends object>(
  decoder: Decoder<Event>,
  bytes: Uint8Array,
  cuts: readonly number[] = [],
): Event[] {
  const events: Event[] = [];
  let start = 0;
  for (const cut of [...cuts, bytes.length]) {
    decoder.queue.push(bytes.subarray(start, cut));
    start = cut;
    for (let event = decoder.next(); event !== undefined; event = decoder.next()) {
      events.push(keep(event));
    }
  }
  decoder.end();
  return events;
}

function keep<Event extends object>(event: Event): Event {
  const { data } = event as { readonly data?: unknown };
  return data instanceof Uint8Array ? { ...event, data: data.slice() } : event;
}
