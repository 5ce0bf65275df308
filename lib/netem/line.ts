/**
 * One line that sends segments at a rate, one after the other, taking turns between the queues that have bytes waiting.
 *
 * The hard thing is to lose no time: a segment's end is computed from the bytes sent since the line last became busy, in
 * one division, never by adding up durations, so that no rounding error accumulates however the bytes are cut. Only what is
 * reported is rounded, up to the next microsecond.
 *
 * @module
 */

import { invariant } from "../invariant.ts";

/** Bytes of one channel that have been sent wholly. */
export interface Departure {
  readonly channel: number;
  /** At least 1. */
  readonly bytes: number;
  /** When the last of them had been sent, in microseconds, rounded up. */
  readonly atUs: number;
}

/** What a line is made of. */
export interface LineOptions {
  /** `null`: everything is sent the moment it is offered. */
  readonly bytesPerSecond: number | null;
  /** The most that is sent for one queue before the next one has its turn. */
  readonly segmentBytes: number;
}

/** The bytes of one channel that wait for a turn at one line. Only the line writes to it. */
export class LineQueue {
  waitingBytes = 0;
  constructor(readonly channel: number) {}
}

/** A line. It has no clock: every call that can change anything says what time it is, and time never goes back. */
export class Line {
  readonly #segmentBytes: number;
  #bytesPerSecond: number | null;
  #nowUs = 0;
  /** Since `#anchorUs` (a fraction) the line has been busy and has sent `#sentBytes`, the segment being sent included. */
  #anchorUs = 0;
  #sentBytes = 0;
  /** The segment being sent, 0 bytes while there is none. Its queue is `null` once it was dropped. */
  #flightBytes = 0;
  #flightEndUs = 0;
  #flightQueue: LineQueue | null = null;
  /** The queue whose turn it is, then the others with bytes waiting in the order of their turns. */
  readonly #turns: LineQueue[] = [];
  #departures: Departure[] = [];

  constructor(options: LineOptions) {
    invariant(options.segmentBytes >= 1, "a segment has at least one byte");
    this.#bytesPerSecond = options.bytesPerSecond;
    this.#segmentBytes = options.segmentBytes;
  }

  /** Bytes join `queue`. */
  offer(queue: LineQueue, bytes: number, nowUs: number): void {
    this.#run(nowUs);
    if (this.#bytesPerSecond === null) {
      this.#depart(queue.channel, bytes, nowUs);
      return;
    }
    if (this.#flightBytes === 0 && this.#turns.length === 0) {
      this.#anchorUs = nowUs;
      this.#sentBytes = 0;
    }
    if (queue.waitingBytes === 0 && queue !== this.#flightQueue) this.#turns.push(queue);
    queue.waitingBytes += bytes;
  }

  /** When the next segment has been sent wholly, or `null` when nothing waits. */
  nextUs(): number | null {
    if (this.#departures.length > 0) return this.#nowUs;
    if (this.#flightBytes > 0) return Math.ceil(this.#flightEndUs);
    const [queue] = this.#turns;
    return queue === undefined ? null : Math.ceil(this.#endUs(this.#cut(queue)));
  }

  /** A time before which no queue can have been sent wholly, or `null` when nothing waits. Never before `nextUs()`. */
  drainUs(): number | null {
    const nextUs = this.nextUs();
    if (nextUs === null || this.#departures.length > 0) return nextUs;
    if (this.#turns.length === 0) return nextUs;
    const leastBytes = Math.min(...this.#turns.map((queue) => queue.waitingBytes));
    return Math.max(nextUs, Math.ceil(this.#endUs(leastBytes)));
  }

  /** Everything that has been sent up to `nowUs` and not been returned yet, in order. */
  advance(nowUs: number): Departure[] {
    this.#run(nowUs);
    const departures = this.#departures;
    if (departures.length > 0) this.#departures = [];
    return departures;
  }

  /** Changes the rate; what is left of the segment being sent goes on at the new one. */
  setRate(bytesPerSecond: number | null, nowUs: number): void {
    this.#run(nowUs);
    if (bytesPerSecond === this.#bytesPerSecond) return;
    const leftBytes = this.#flightBytes === 0
      ? 0
      : (this.#flightEndUs - nowUs) * (this.#bytesPerSecond ?? 0) / 1e6;
    this.#bytesPerSecond = bytesPerSecond;
    this.#anchorUs = nowUs + this.#durationUs(leftBytes);
    this.#sentBytes = 0;
    this.#flightEndUs = this.#anchorUs;
  }

  /** Forgets what is in `queue` and its departures. A segment of it that is being sent keeps the line until its end. */
  drop(queue: LineQueue): void {
    queue.waitingBytes = 0;
    const turn = this.#turns.indexOf(queue);
    if (turn >= 0) this.#turns.splice(turn, 1);
    if (this.#flightQueue === queue) this.#flightQueue = null;
    this.#departures = this.#departures.filter(({ channel }) => channel !== queue.channel);
  }

  /** Sends what ends by `nowUs`. A segment that starts at `nowUs` is not cut yet: more bytes may join it at that very time. */
  #run(nowUs: number): void {
    invariant(nowUs >= this.#nowUs, "time went back");
    this.#nowUs = nowUs;
    for (;;) {
      if (this.#flightBytes > 0) {
        if (this.#flightEndUs > nowUs) return;
        this.#land();
      }
      const queue = this.#turns[0];
      if (queue === undefined) return;
      if (this.#bytesPerSecond !== null && this.#endUs(0) >= nowUs) return;
      this.#launch(queue);
    }
  }

  /** The next segment is cut from `queue`, whose turn it is and stays, and begins to be sent. */
  #launch(queue: LineQueue): void {
    const bytes = this.#cut(queue);
    queue.waitingBytes -= bytes;
    this.#flightEndUs = this.#endUs(bytes);
    this.#flightBytes = bytes;
    this.#flightQueue = queue;
    this.#sentBytes += bytes;
  }

  /** The segment being sent has been sent: the turn goes to the next queue. */
  #land(): void {
    const queue = this.#flightQueue;
    if (queue !== null) {
      this.#depart(queue.channel, this.#flightBytes, Math.ceil(this.#flightEndUs));
      if (queue.waitingBytes === 0) this.#turns.shift();
      else if (this.#turns.length > 1) {
        this.#turns.shift();
        this.#turns.push(queue);
      }
    }
    this.#flightBytes = 0;
    this.#flightQueue = null;
  }

  #depart(channel: number, bytes: number, atUs: number): void {
    const last = this.#departures[this.#departures.length - 1];
    if (last !== undefined && last.channel === channel && last.atUs === atUs) {
      this.#departures[this.#departures.length - 1] = { channel, bytes: last.bytes + bytes, atUs };
    } else {
      this.#departures.push({ channel, bytes, atUs });
    }
  }

  #cut(queue: LineQueue): number {
    return Math.min(queue.waitingBytes, this.#segmentBytes);
  }

  /** When `bytes` more than those cut so far have been sent, if they are sent next; a fraction. */
  #endUs(bytes: number): number {
    return this.#anchorUs + this.#durationUs(this.#sentBytes + bytes);
  }

  #durationUs(bytes: number): number {
    return this.#bytesPerSecond === null ? 0 : bytes * 1e6 / this.#bytesPerSecond;
  }
}
