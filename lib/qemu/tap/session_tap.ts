/**
 * The streams between one main channel's connect and its end, each with its decoder. What they say of the whole migration goes to
 * the migration's tap.
 *
 * @module
 */

import type { Direction, ShimRole } from "../../netem/conditions.ts";
import type { PageChannel } from "../../ram/page_request_log.ts";
import { PAGE_SIZE } from "../../ram/ram_block.ts";
import { judgeMainChannel } from "../../wire/channel_candidate.ts";
import { COMMAND_BYTE } from "../../wire/elements.ts";
import { MainChannelDecoder } from "../../wire/main_channel_decoder.ts";
import type { MainChannelEvent } from "../../wire/main_channel_event.ts";
import { PreemptChannelDecoder } from "../../wire/preempt_channel_decoder.ts";
import { StreamNames } from "../../wire/ram_block.ts";
import type { RamRecord } from "../../wire/ram_record.ts";
import { ReturnPathDecoder, type ReturnPathEvent } from "../../wire/return_path_decoder.ts";
import type { WireError } from "../../wire/wire_error.ts";
import { type Follower, READ_BYTES, Unfollowed } from "../proxy/relay.ts";
import { type FollowedStream, StreamFollower } from "./stream_follower.ts";
import type { TapStream } from "./tap_report.ts";

/** What a session tells, in the order in which it is seen. */
export interface SessionListener {
  /** The main channel's first bytes say what the session is; `null`: neither. @returns the names that it goes on with. */
  onKind(kind: "migration" | "recovery" | null): StreamNames;
  /** Whether pages that come on main are of interest. */
  wantsPages(): boolean;
  onMain(event: Exclude<MainChannelEvent, RamRecord>): void;
  onPage(block: string, offset: number, channel: PageChannel): void;
  onReturnPath(event: ReturnPathEvent): void;
  /** Bytes were handed on; what they say is told next. */
  onHandedOn(): void;
  /** `count` bytes were handed on, after what they say was told. */
  onBytes(stream: TapStream, count: number): void;
  onUnread(stream: TapStream, error: WireError): void;
  onEnd(stream: TapStream): void;
}

/** See the module. */
export class SessionTap {
  readonly #listener: SessionListener;
  /** Of the migration that the session belongs to, once its first bytes have said which. */
  #names: StreamNames | null = null;

  constructor(listener: SessionListener) {
    this.#listener = listener;
  }

  /** What follows a connection's directions. There is nothing to read on the way back from preempt. */
  followers(role: ShimRole): Readonly<Record<Direction, Follower>> {
    return role === "main"
      ? {
        "source-to-destination": this.#first("main", (first) => this.#followMain(first)),
        "destination-to-source": this.#first("return-path", () => this.#followReturnPath()),
      }
      : {
        "source-to-destination": this.#first("preempt", () => this.#followPreempt()),
        "destination-to-source": new Unfollowed(),
      };
  }

  #first(stream: TapStream, begin: (first: Uint8Array) => Follower): Follower {
    return new FirstBytes(begin, () => this.#listener.onEnd(stream));
  }

  #followMain(first: Uint8Array): Follower {
    const stream = first[0] === COMMAND_BYTE ? "recovery" : "migration";
    const isEither = judgeMainChannel(first, stream) !== "no";
    const names = this.#names = this.#listener.onKind(isEither ? stream : null);
    const decoder = new MainChannelDecoder({ stream, names });
    const onPage = (block: string, offset: number) => this.#listener.onPage(block, offset, "main");
    const skip = () => {
      decoder.skipPages(this.#listener.wantsPages() ? onPage : undefined);
    };
    return this.#follow("main", decoder, (event) => {
      if (isRecord(event)) this.#onRecord(event, "main");
      else this.#listener.onMain(event);
    }, skip);
  }

  #followPreempt(): Follower {
    const decoder = new PreemptChannelDecoder(this.#names ?? new StreamNames());
    return this.#follow("preempt", decoder, (event) => this.#onRecord(event, "preempt"));
  }

  #onRecord(record: RamRecord, channel: PageChannel): void {
    if (record.kind !== "eos") this.#listener.onPage(record.block, record.offset, channel);
  }

  #followReturnPath(): Follower {
    const decoder = new ReturnPathDecoder({
      blockPages: (name) => {
        const block = this.#names?.blocks.get(name);
        return block && block.usedLength / PAGE_SIZE;
      },
    });
    return this.#follow("return-path", decoder, (event) => this.#listener.onReturnPath(event));
  }

  #follow<Event>(
    stream: TapStream,
    decoder: FollowedStream<Event>["decoder"],
    onEvent: (event: Event) => void,
    skip?: () => void,
  ): Follower {
    return new StreamFollower<Event>({
      decoder,
      ...skip !== undefined && { skip },
      onEvent,
      onHandedOn: () => this.#listener.onHandedOn(),
      onPassed: (count) => this.#listener.onBytes(stream, count),
      onUnread: (error) => this.#listener.onUnread(stream, error),
      onEnd: () => this.#listener.onEnd(stream),
    });
  }
}

/** Holds the first bytes of a stream, which say how to follow it. */
class FirstBytes implements Follower {
  readonly #begin: (first: Uint8Array) => Follower;
  readonly #onEnd: () => void;
  readonly #room = new Uint8Array(READ_BYTES);
  #follower: Follower | null = null;

  /** @param onEnd called in place of a follower, where there were no bytes. */
  constructor(begin: (first: Uint8Array) => Follower, onEnd: () => void) {
    this.#begin = begin;
    this.#onEnd = onEnd;
  }

  room(bytes: number): Uint8Array {
    return this.#follower?.room(bytes) ?? this.#room.subarray(0, bytes);
  }

  passed(count: number): void {
    if (this.#follower === null) {
      const first = this.#room.subarray(0, count);
      this.#follower = this.#begin(first);
      this.#follower.room(count).set(first);
    }
    this.#follower.passed(count);
  }

  ended(): void {
    if (this.#follower === null) this.#onEnd();
    else this.#follower.ended();
  }
}

function isRecord(event: MainChannelEvent): event is RamRecord {
  return event.kind === "page" || event.kind === "zero" || event.kind === "eos";
}
