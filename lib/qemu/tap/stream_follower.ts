/**
 * Follows one stream with its decoder. Bytes are read straight into the decoder's queue and looked at once they were handed on, so
 * that the tap costs no copy and delays nothing.
 *
 * What cannot be read ends the looking, never the passing: the rest of the stream goes through a buffer of its own.
 *
 * @module
 */

import type { Decoder } from "../../wire/decoder.ts";
import { WireError } from "../../wire/wire_error.ts";
import { type Follower, Unfollowed } from "../proxy/relay.ts";

/** A stream's decoder and what is done with its events. */
export interface FollowedStream<Event> {
  readonly decoder: Decoder<Event>;
  /** Called before each event: takes from the decoder's queue what nobody asks for. */
  skip?(): void;
  /** Bytes have been handed on; their events are told next. */
  onHandedOn(): void;
  onEvent(event: Event): void;
  /** Bytes have been handed on, and their events were told. */
  onPassed(count: number): void;
  /** What could not be read, in a sentence. It is the last that is told of the stream, but for its bytes and its end. */
  onUnread(error: WireError): void;
  onEnd(): void;
}

/** See the module. */
export class StreamFollower<Event> implements Follower {
  readonly #stream: FollowedStream<Event>;
  /** Takes the bytes of a stream that is not read any more. */
  #unread: Unfollowed | null = null;

  constructor(stream: FollowedStream<Event>) {
    this.#stream = stream;
  }

  room(bytes: number): Uint8Array {
    return this.#unread?.room(bytes) ?? this.#stream.decoder.queue.reserve(bytes);
  }

  passed(count: number): void {
    if (this.#unread === null) {
      this.#stream.onHandedOn();
      this.#stream.decoder.queue.commit(count);
      this.#try(() => {
        const stream = this.#stream;
        for (;;) {
          stream.skip?.();
          const event = stream.decoder.next();
          if (event === undefined) return;
          stream.onEvent(event);
        }
      });
    }
    this.#stream.onPassed(count);
  }

  ended(): void {
    if (this.#unread === null) this.#try(() => this.#stream.decoder.end());
    this.#stream.onEnd();
  }

  #try(read: () => void): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#unread = new Unfollowed();
      this.#stream.onUnread(error);
    }
  }
}
