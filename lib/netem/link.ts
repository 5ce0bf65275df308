/**
 * One direction of a link that channels share fairly: what is offered, when has it been sent?
 *
 * A pure model, without a clock: the caller says what time it is. Channels with bytes waiting take turns of one segment
 * (round robin), the link is never idle while any byte waits, and N bytes at a rate of r take N / r to within 1 us however
 * they are cut. A channel can have a rate of its own; what that rate lets through joins the shared link, or leaves at once
 * where the channel is not shared.
 *
 * The hard thing is that the link may be asked rarely: `advance` then computes every segment since the last call (in less
 * than 0.1 us each) and gives each the time at which it was sent, not the time of the call.
 *
 * @module
 */

import { invariant } from "../invariant.ts";
import { type Departure, Line, LineQueue } from "./line.ts";

export type { Departure } from "./line.ts";

/** What a link is made of. */
export interface LinkOptions {
  /** What all shared channels have together; `null` is unlimited. At least 1. */
  readonly bytesPerSecond: number | null;
  /** The most that is sent for one channel before another has its turn, e.g. 1500. At least 1. */
  readonly segmentBytes: number;
}

/** A channel's part in the link. */
export interface LinkChannelOptions {
  /** A rate of the channel alone. At least 1. Absent: it has none. */
  readonly bytesPerSecond?: number;
  /** Whether the channel's bytes pass over the shared link. Default `true`. */
  readonly shared?: boolean;
}

/** Where a channel's bytes go: `own` alone, `shared` alone, or through `own` to `shared`. */
interface Port {
  queuedBytes: number;
  own: Station | null;
  shared: Station | null;
}

/** A channel's place at a line. */
interface Station {
  readonly line: Line;
  readonly queue: LineQueue;
}

/**
 * One direction of a link. The times that it is told never go back and may be fractions of a microsecond; those that it
 * gives are rounded up to whole ones.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const link = new Link({ bytesPerSecond: 1_500_000, segmentBytes: 1500 });
 * link.open(1);
 * link.open(2);
 * link.offer(1, 3000, 0);
 * link.offer(2, 1500, 0);
 * assertEquals(link.nextUs(), 1000);
 * assertEquals(link.advance(5000), [
 *   { channel: 1, bytes: 1500, atUs: 1000 },
 *   { channel: 2, bytes: 1500, atUs: 2000 },
 *   { channel: 1, bytes: 1500, atUs: 3000 },
 * ]);
 * ```
 */
export class Link {
  readonly #segmentBytes: number;
  readonly #shared: Line;
  readonly #ports = new Map<number, Port>();
  /** The ports with a line of their own. Few links have any. */
  readonly #owners = new Set<Port>();

  constructor(options: LinkOptions) {
    this.#segmentBytes = options.segmentBytes;
    this.#shared = new Line(options);
  }

  /** Adds a channel, with nothing queued. `channel` is a number of the caller's choice that is not open. */
  open(channel: number, options: LinkChannelOptions = {}): void {
    invariant(!this.#ports.has(channel), `channel ${channel} is open already`);
    const port: Port = { queuedBytes: 0, own: null, shared: null };
    this.#ports.set(channel, port);
    this.#place(port, channel, options);
  }

  /** `bytes` (0 is nothing) join the channel's queue. */
  offer(channel: number, bytes: number, nowUs: number): void {
    const port = this.#port(channel);
    this.#transfer(nowUs);
    this.#enter(port, bytes, nowUs);
    port.queuedBytes += bytes;
  }

  /** The channel's bytes that were offered and that `advance` has not returned yet. */
  queued(channel: number): number {
    return this.#port(channel).queuedBytes;
  }

  /**
   * When the next segment will have been sent wholly, if nothing else is offered; `null` when nothing waits. Never before
   * the latest time the link was told. For a channel that has a rate of its own and is shared, this is when its segment
   * reaches the shared link: `advance` may return nothing then, and a later time is the answer afterwards.
   */
  nextUs(): number | null {
    return this.#earliest((line) => line.nextUs());
  }

  /**
   * A time before which no channel's queue can have been sent wholly, and not before `nextUs()`; `null` when nothing waits.
   * Whoever does not need every segment in its very microsecond sleeps until then, so that a short message is waited for
   * exactly, and a long queue costs no wake-up for each segment.
   */
  drainUs(): number | null {
    return this.#earliest((line) => line.drainUs());
  }

  /**
   * Everything that has been sent up to `nowUs` and not been returned yet, in order of time. Segments of one channel that
   * were sent in the same microsecond come as one.
   */
  advance(nowUs: number): readonly Departure[] {
    this.#transfer(nowUs);
    let departures = this.#shared.advance(nowUs);
    for (const { own, shared } of this.#owners) {
      if (own !== null && shared === null) departures = departures.concat(own.line.advance(nowUs));
    }
    if (this.#owners.size > 0) departures.sort((a, b) => a.atUs - b.atUs);
    for (const { channel, bytes } of departures) this.#port(channel).queuedBytes -= bytes;
    return departures;
  }

  /**
   * Removes a channel: what `advance` has not returned is dropped. A segment that is being sent keeps the line until its
   * end.
   */
  close(channel: number): void {
    const port = this.#port(channel);
    port.shared?.line.drop(port.shared.queue);
    this.#owners.delete(port);
    this.#ports.delete(channel);
  }

  /** Changes the shared rate. What is left of the segment being sent goes on at the new one. */
  setRate(bytesPerSecond: number | null, nowUs: number): void {
    this.#transfer(nowUs);
    this.#shared.setRate(bytesPerSecond, nowUs);
  }

  /**
   * Changes a channel's part in the link. A rate of its own changes as the shared rate does; a channel that goes from one
   * line to another takes along what it has queued, and a segment that is being sent is sent anew there.
   *
   * @returns What had been sent up to `nowUs`, as `advance` does.
   */
  change(channel: number, options: LinkChannelOptions, nowUs: number): readonly Departure[] {
    const departures = this.advance(nowUs);
    const port = this.#port(channel);
    const { own, shared } = linesOf(options);
    if (own === (port.own !== null) && shared === (port.shared !== null)) {
      port.own?.line.setRate(options.bytesPerSecond ?? null, nowUs);
      return departures;
    }
    port.shared?.line.drop(port.shared.queue);
    this.#place(port, channel, options);
    this.#enter(port, port.queuedBytes, nowUs);
    return departures;
  }

  #place(port: Port, channel: number, options: LinkChannelOptions): void {
    const { own, shared } = linesOf(options);
    port.shared = shared ? { line: this.#shared, queue: new LineQueue(channel) } : null;
    if (own) {
      const line = new Line({
        bytesPerSecond: options.bytesPerSecond ?? null,
        segmentBytes: this.#segmentBytes,
      });
      port.own = { line, queue: new LineQueue(channel) };
      this.#owners.add(port);
    } else {
      port.own = null;
      this.#owners.delete(port);
    }
  }

  #enter({ own, shared }: Port, bytes: number, nowUs: number): void {
    const station = own ?? shared;
    if (station !== null && bytes > 0) station.line.offer(station.queue, bytes, nowUs);
  }

  /** Takes what channels with a rate of their own let through up to `nowUs` to the shared link, in order of time. */
  #transfer(nowUs: number): void {
    if (this.#owners.size === 0) return;
    const arrivals: { readonly queue: LineQueue; readonly departure: Departure }[] = [];
    for (const { own, shared } of this.#owners) {
      if (own === null || shared === null) continue;
      for (const departure of own.line.advance(nowUs)) {
        arrivals.push({ queue: shared.queue, departure });
      }
    }
    arrivals.sort((a, b) => a.departure.atUs - b.departure.atUs);
    for (const { queue, departure: { bytes, atUs } } of arrivals) {
      // The time is rounded up, and so may lie ahead of a `nowUs` that is a fraction.
      this.#shared.offer(queue, bytes, Math.min(atUs, nowUs));
    }
  }

  #earliest(timeOf: (line: Line) => number | null): number | null {
    let earliestUs = timeOf(this.#shared);
    for (const { own } of this.#owners) {
      const atUs = own === null ? null : timeOf(own.line);
      if (atUs !== null && (earliestUs === null || atUs < earliestUs)) earliestUs = atUs;
    }
    return earliestUs;
  }

  #port(channel: number): Port {
    const port = this.#ports.get(channel);
    invariant(port !== undefined, () => `channel ${channel} is not open`);
    return port;
  }
}

/** The lines that a channel passes over. One that is not shared has a line of its own, if need be an unlimited one. */
function linesOf(
  { bytesPerSecond, shared = true }: LinkChannelOptions,
): { readonly own: boolean; readonly shared: boolean } {
  return { own: bytesPerSecond !== undefined || !shared, shared };
}
