/**
 * The wire tap: follows every session that goes through a proxy and says what it saw. It reads what passes and nothing else, so it
 * serves any pair, whatever either side is.
 *
 * @module
 */

import { LatencyHistogram } from "../../measure/histogram.ts";
import type { Direction } from "../../netem/conditions.ts";
import type { ShimmedPlace } from "../../netem/rules.ts";
import type { PageChannel } from "../../ram/page_request_log.ts";
import { PAGE_SIZE } from "../../ram/ram_block.ts";
import type { MainChannelEvent } from "../../wire/main_channel_event.ts";
import { StreamNames } from "../../wire/ram_block.ts";
import type { RamRecord } from "../../wire/ram_record.ts";
import type { ReturnPathEvent } from "../../wire/return_path_decoder.ts";
import type { WireError } from "../../wire/wire_error.ts";
import type { ProxyObserver } from "../proxy/proxy_loop.ts";
import type { Follower } from "../proxy/relay.ts";
import type { RouteEvent } from "../proxy/route.ts";
import { describeEvent } from "./describe_event.ts";
import { PageWatch, type WatchedRequest } from "./page_watch.ts";
import { type SessionListener, SessionTap } from "./session_tap.ts";
import {
  PHASES,
  STREAMS,
  type TapEvent,
  type TapPhase,
  type TapReport,
  type TapSession,
  type TapStream,
  type UnreadStream,
} from "./tap_report.ts";

/** How many of the latest requests and events are kept. */
const KEPT = 100_000;

/** Buckets of the distribution, QEMU's number. */
const BUCKETS = 24;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A tap on everything that goes through one proxy. */
export class WireTap implements ProxyObserver {
  readonly #nowUs: () => number;
  readonly #sessions: { readonly tap: SessionTap; readonly seen: Mutable<TapSession> }[] = [];
  readonly #latency = {
    all: new LatencyHistogram(),
    main: new LatencyHistogram(),
    preempt: new LatencyHistogram(),
  };
  readonly #distribution = new Array<number>(BUCKETS).fill(0);
  readonly #answered = new Latest<WatchedRequest>(KEPT);
  readonly #events = new Latest<TapEvent>(KEPT);
  readonly #unread: UnreadStream[] = [];
  readonly #bytes = Object.fromEntries(
    PHASES.map((phase) => [phase, Object.fromEntries(STREAMS.map((stream) => [stream, 0]))]),
  ) as Record<TapPhase, Record<TapStream, number>>;
  #phase: TapPhase = "precopy";
  #names = new StreamNames();
  #watch = this.#newWatch();
  /** Of the migrations before this one. */
  #before = { open: 0, passedBefore: 0, repeated: 0 };
  #originUs: number | null = null;
  /** When the bytes that are looked at were handed on. */
  #handedOnUs = 0;

  /** @param nowUs the clock. */
  constructor(nowUs: () => number) {
    this.#nowUs = nowUs;
  }

  onRoute(event: RouteEvent): void {
    const { role } = event.place;
    const detail = event.kind === "accepted"
      ? `accepted${event.waitedUs > 0 ? ` after ${event.waitedUs} us` : ""}`
      : event.kind === "lost"
      ? `not handed on: ${event.cause}`
      : "reset by the shim";
    this.#note(role, `connect ${detail}`);
  }

  onConnected({ role }: ShimmedPlace): Readonly<Record<Direction, Follower>> {
    const nowUs = this.#sinceOrigin();
    if (role === "main" || this.#sessions.length === 0) this.#beginSession(nowUs);
    else this.#preemptConnected(nowUs);
    this.#note(role, "connected");
    return this.#sessions.at(-1)!.tap.followers(role);
  }

  /** What it has seen so far. @param brief without the single requests and events. */
  report(brief = false): TapReport {
    const { all, main, preempt } = this.#latency;
    const { open, passedBefore, repeated } = this.#watch;
    return {
      schema: "faultline/tap/1",
      sessions: this.#sessions.map(({ seen }) => ({ ...seen })),
      bytes: this.#bytes,
      requests: {
        answered: all.figures()?.count ?? 0,
        open: this.#before.open + open,
        passedBefore: this.#before.passedBefore + passedBefore,
        repeated: this.#before.repeated + repeated,
      },
      latency: { all: all.figures(), main: main.figures(), preempt: preempt.figures() },
      latencyDistribution: this.#distribution,
      answered: brief ? [] : this.#answered.values().map((request) => this.#fromOrigin(request)),
      events: brief ? [] : this.#events.values(),
      unread: this.#unread,
    };
  }

  /** The latest requests that were answered, by when they were; times are the clock's. */
  requests(): readonly WatchedRequest[] {
    return this.#answered.values();
  }

  #beginSession(nowUs: number): void {
    const seen: Mutable<TapSession> = {
      kind: null,
      beganUs: nowUs,
      endedUs: null,
      preemptAfterUs: null,
      lostToLatePreemptUs: null,
    };
    const session = this.#sessions.length;
    this.#sessions.push({ tap: new SessionTap(this.#listenTo(session, seen)), seen });
  }

  #listenTo(session: number, seen: Mutable<TapSession>): SessionListener {
    return {
      onKind: (kind) => {
        seen.kind = kind;
        if (kind === "migration") this.#beginMigration();
        if (kind === "recovery") this.#watch.restart();
        if (kind !== null) this.#phase = kind === "migration" ? "precopy" : "recovery";
        return this.#names;
      },
      wantsPages: () => this.#phase !== "precopy",
      onMain: (event) => this.#onMain(event, session),
      onPage: (block, offset, channel) => this.#onPage(block, offset, channel),
      onHandedOn: () => void (this.#handedOnUs = this.#nowUs()),
      onReturnPath: (event) => this.#onReturnPath(event, session),
      onBytes: (stream, count) => void (this.#bytes[this.#phase][stream] += count),
      onUnread: (stream, error) => this.#onUnread(stream, error, session),
      onEnd: (stream) => {
        this.#note(stream, "ended", session);
        if (stream === "main") seen.endedUs = this.#sinceOrigin();
      },
    };
  }

  #beginMigration(): void {
    const { open, passedBefore, repeated } = this.#watch;
    this.#before.open += open;
    this.#before.passedBefore += passedBefore;
    this.#before.repeated += repeated;
    this.#names = new StreamNames();
    this.#watch = this.#newWatch();
  }

  #newWatch(): PageWatch {
    return new PageWatch((request) => {
      this.#latency.all.record(request.latencyUs);
      this.#latency[request.channel].record(request.latencyUs);
      const bucket = Math.floor(Math.log2(Math.max(1, request.latencyUs)));
      this.#distribution[Math.min(bucket, BUCKETS - 1)]!++;
      this.#answered.add(request);
    });
  }

  /** The requests that wait have waited for this channel since they and the session's main channel were there. */
  #preemptConnected(nowUs: number): void {
    const { seen } = this.#sessions.at(-1)!;
    if (seen.preemptAfterUs !== null) return;
    seen.preemptAfterUs = nowUs - seen.beganUs;
    let lostUs = 0;
    for (const sinceUs of this.#watch.openSinceUs()) {
      lostUs += nowUs - Math.max(sinceUs - (this.#originUs ?? 0), seen.beganUs);
    }
    seen.lostToLatePreemptUs = lostUs;
  }

  #onMain(event: Exclude<MainChannelEvent, RamRecord>, session: number): void {
    switch (event.kind) {
      case "section-part":
      case "footer":
        return;
      case "mem-size":
        for (const { name, usedLength, pageSize } of event.blocks) {
          this.#watch.introduce(name, usedLength, pageSize ?? PAGE_SIZE);
        }
        break;
      case "switchover-start":
      case "postcopy-ram-discard":
        this.#beginSwitchover();
        break;
      case "ping":
        if (event.value === 2) this.#beginSwitchover();
        break;
      case "packaged":
      case "postcopy-resume":
        this.#phase = "postcopy";
        break;
    }
    this.#note("main", describeEvent(event), session);
  }

  /** What was sent before and is not discarded now is there, and is not asked for. */
  #beginSwitchover(): void {
    if (this.#phase !== "precopy") return;
    this.#phase = "switchover";
    this.#watch.forgetPassed();
  }

  #onPage(block: string, offset: number, channel: PageChannel): void {
    if (this.#phase === "precopy") return;
    this.#watch.passed(block, offset, channel, this.#handedOnUs);
  }

  #onReturnPath(event: ReturnPathEvent, session: number): void {
    if (event.kind === "req-pages") {
      this.#watch.requested(event.block, event.start, event.length, this.#handedOnUs);
    } else this.#note("return-path", describeEvent(event), session);
  }

  #onUnread(stream: TapStream, { offset, message }: WireError, session: number): void {
    this.#unread.push({ session, stream, offset, message });
    this.#note(stream, message, session);
  }

  #note(stream: TapStream, what: string, session = Math.max(0, this.#sessions.length - 1)): void {
    this.#events.add({ atUs: this.#sinceOrigin(), session, stream, what });
  }

  #fromOrigin(request: WatchedRequest): WatchedRequest {
    return { ...request, atUs: request.atUs - (this.#originUs ?? 0) };
  }

  #sinceOrigin(): number {
    const nowUs = this.#nowUs();
    return nowUs - (this.#originUs ??= nowUs);
  }
}

/** The latest of many. */
class Latest<T> {
  readonly #limit: number;
  #values: T[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(value: T): void {
    this.#values.push(value);
    // Half as many again are held, so that they are moved once in a while and not each time.
    if (this.#values.length > 1.5 * this.#limit) this.#values = this.#values.slice(-this.#limit);
  }

  values(): readonly T[] {
    return this.#values.slice(-this.#limit);
  }
}
