/**
 * One side's points in the life of every page request. Engine and vCPU Workers write into the same ring: a writer takes a place
 * with one `Atomics.add`, and commits it by storing the place's number last, so that a reader takes no half-written entry for a
 * whole one (unless a writer sleeps while the others fill the whole ring once). `lib/measure` joins the logs of both sides.
 *
 * @module
 */

import { invariant } from "../invariant.ts";

/**
 * What happens to a page request, in order. `faulted` and what follows `record-read` happen on the destination, `request-read`
 * and `record-written` on the source.
 */
export const PAGE_REQUEST_EVENTS = [
  "faulted",
  "request-sent",
  "request-read",
  "record-written",
  "record-read",
  "placed",
  "vcpu-runs",
] as const;

export type PageRequestEvent = (typeof PAGE_REQUEST_EVENTS)[number];

/** The channel that carried a requested page. */
export type PageChannel = "main" | "preempt";

/** Where and when an event happened. */
export interface PageRequestPoint {
  /** Which connect phase the request belongs to: 0 = start, k = k-th recovery. */
  readonly session: number;
  /** Global page index. */
  readonly page: number;
  /** Only with `faulted` and `vcpu-runs`. */
  readonly vcpu?: number;
  /** Only with `record-written`, `record-read` and `placed`. */
  readonly channel?: PageChannel;
  /** The shared clock, in microseconds. */
  readonly timeUs: number;
}

/** A point as it is read back. */
export interface PageRequestEntry extends PageRequestPoint {
  readonly event: PageRequestEvent;
  /** -1 where the event is no vCPU's. */
  readonly vcpu: number;
}

/** A log as it travels to another Worker. */
export interface SharedPageRequestLog {
  readonly capacity: number;
  readonly buffer: SharedArrayBuffer;
}

/** Words before the entries: the number of the next one, and one to keep the times on 8 bytes. */
const HEADER_WORDS = 2;
/** Words of an entry: its number + 1 once it is whole, event, session, page, vCPU, channel. */
const ENTRY_WORDS = 6;
const CHANNELS = [undefined, "main", "preempt"] as const;

/**
 * A ring of the newest `capacity` entries.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const log = PageRequestLog.allocate(16);
 * log.record("faulted", { session: 0, page: 7, vcpu: 1, timeUs: 1500 });
 * assertEquals(log.entries(), [{ event: "faulted", session: 0, page: 7, vcpu: 1, timeUs: 1500 }]);
 * ```
 */
export class PageRequestLog {
  readonly #capacity: number;
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #times: Float64Array<SharedArrayBuffer>;

  private constructor({ capacity, buffer }: SharedPageRequestLog) {
    this.#capacity = capacity;
    this.#times = new Float64Array(buffer, HEADER_WORDS * 4, capacity);
    this.#words = new Int32Array(buffer);
  }

  /** A new log; `capacity` is a positive integer, an entry takes 32 bytes. */
  static allocate(capacity: number): PageRequestLog {
    invariant(Number.isSafeInteger(capacity) && capacity > 0, `A log of ${capacity} entries`);
    const bytes = HEADER_WORDS * 4 + capacity * (8 + ENTRY_WORDS * 4);
    return new PageRequestLog({ capacity, buffer: new SharedArrayBuffer(bytes) });
  }

  /** The same log, seen from another Worker. */
  static attach(shared: SharedPageRequestLog): PageRequestLog {
    return new PageRequestLog(shared);
  }

  get shared(): SharedPageRequestLog {
    return { capacity: this.#capacity, buffer: this.#words.buffer };
  }

  /** Entries that newer ones have overwritten. */
  get dropped(): number {
    return Math.max(0, Atomics.load(this.#words, 0) - this.#capacity);
  }

  record(event: PageRequestEvent, point: PageRequestPoint): void {
    const number = Atomics.add(this.#words, 0, 1);
    const at = this.#wordsOf(number);
    Atomics.store(this.#words, at, 0);
    this.#words[at + 1] = PAGE_REQUEST_EVENTS.indexOf(event);
    this.#words[at + 2] = point.session;
    this.#words[at + 3] = point.page;
    this.#words[at + 4] = point.vcpu ?? -1;
    this.#words[at + 5] = CHANNELS.indexOf(point.channel);
    this.#times[number % this.#capacity] = point.timeUs;
    Atomics.store(this.#words, at, number + 1);
  }

  /** The entries, in the order in which they were recorded. One that is being written meanwhile is left out. */
  entries(): PageRequestEntry[] {
    const entries: PageRequestEntry[] = [];
    const end = Atomics.load(this.#words, 0);
    for (let number = Math.max(0, end - this.#capacity); number < end; number++) {
      const at = this.#wordsOf(number);
      if (Atomics.load(this.#words, at) !== number + 1) continue;
      const entry = this.#read(number);
      if (Atomics.load(this.#words, at) === number + 1) entries.push(entry);
    }
    return entries;
  }

  /** Empties the log. Nobody may record meanwhile. */
  reset(): void {
    const used = Math.min(Atomics.load(this.#words, 0), this.#capacity);
    this.#words.fill(0, this.#wordsOf(0), this.#wordsOf(0) + used * ENTRY_WORDS);
    Atomics.store(this.#words, 0, 0);
  }

  #read(number: number): PageRequestEntry {
    const at = this.#wordsOf(number);
    const channel = CHANNELS[this.#words[at + 5]!];
    return {
      event: PAGE_REQUEST_EVENTS[this.#words[at + 1]!]!,
      session: this.#words[at + 2]!,
      page: this.#words[at + 3]!,
      vcpu: this.#words[at + 4]!,
      ...(channel !== undefined ? { channel } : {}),
      timeUs: this.#times[number % this.#capacity]!,
    };
  }

  #wordsOf(number: number): number {
    return HEADER_WORDS + this.#capacity * 2 + (number % this.#capacity) * ENTRY_WORDS;
  }
}
