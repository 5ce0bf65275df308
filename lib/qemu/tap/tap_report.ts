/**
 * What a wire tap has seen of the migrations that went through it, as a value.
 *
 * @module
 */

import type { LatencyFigures } from "../../measure/histogram.ts";
import type { WatchedRequest } from "./page_watch.ts";

/** The parts of a migration, as the main channel divides it. */
export const PHASES = ["precopy", "switchover", "postcopy", "recovery"] as const;
export type TapPhase = (typeof PHASES)[number];

/** The streams of a migration. */
export const STREAMS = ["main", "preempt", "return-path"] as const;
export type TapStream = (typeof STREAMS)[number];

/** Bytes by stream. */
export type StreamBytes = Readonly<Record<TapStream, number>>;

/** Something that a stream said, or that happened to one. Times are microseconds since the tap's first connection. */
export interface TapEvent {
  readonly atUs: number;
  /** Which session it belongs to, from 0. */
  readonly session: number;
  readonly stream: TapStream;
  readonly what: string;
}

/** A stream that could not be read on. Its bytes were passed through all the same. */
export interface UnreadStream {
  readonly session: number;
  readonly stream: TapStream;
  /** Bytes of the stream before what was not understood. */
  readonly offset: number;
  /** What was expected there, and what came. */
  readonly message: string;
}

/** What lies between a main channel's connect and its end: a migration's start, or a recovery. */
export interface TapSession {
  /** What the main channel's first bytes say it is; `null` while it has said nothing, or what it said is neither. */
  readonly kind: "migration" | "recovery" | null;
  /** Since the tap's first connection, in microseconds. */
  readonly beganUs: number;
  /** `null` while it goes on. */
  readonly endedUs: number | null;
  /** How long after main the preempt channel was there; `null`: there was none. */
  readonly preemptAfterUs: number | null;
  /**
   * What the requests that were open waited, added up, for the preempt channel of this session: from when they and the main channel
   * were there. `null` where there was no such channel in any session.
   */
  readonly lostToLatePreemptUs: number | null;
}

/** Everything that a tap has seen. */
export interface TapReport {
  readonly schema: "faultline/tap/1";
  readonly sessions: readonly TapSession[];
  readonly bytes: Readonly<Record<TapPhase, StreamBytes>>;
  readonly requests: {
    readonly answered: number;
    /** Not answered yet. */
    readonly open: number;
    /** For a page that had passed before the request was seen: it has no latency. */
    readonly passedBefore: number;
    /** For a page that was asked for before: after a recovery, or by another vCPU. */
    readonly repeated: number;
  };
  /** From the request to its page, as the wire shows it; `null` where there was none. */
  readonly latency: Readonly<Record<"all" | "main" | "preempt", LatencyFigures | null>>;
  /** As QEMU has it: the N-th counts latencies from 2^N up to 2^(N+1) us, the last one all above. */
  readonly latencyDistribution: readonly number[];
  /** The latest ones that were answered, in that order. */
  readonly answered: readonly WatchedRequest[];
  /** The latest ones. */
  readonly events: readonly TapEvent[];
  readonly unread: readonly UnreadStream[];
}
