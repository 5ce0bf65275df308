/**
 * Trace events in Chrome's JSON format, which Perfetto opens (https://ui.perfetto.dev). Times are microseconds.
 *
 * The hard thing is that slices of one track must lie within each other or apart. What overlaps otherwise, such as pages that are on their
 * way at the same time, is an asynchronous slice, of which a track takes any number.
 *
 * @module
 */

/** One event, as the format has it. */
export interface TraceEvent {
  readonly ph: "M" | "X" | "i" | "b" | "e" | "s" | "t" | "f";
  readonly pid: number;
  readonly tid: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly name: string;
  readonly cat?: string;
  readonly id?: number;
  /** Of a flow's end: it binds to the slice around it. */
  readonly bp?: "e";
  /** Of an instant: how far its line reaches. */
  readonly s?: "t" | "p";
  readonly args?: Readonly<Record<string, unknown>>;
}

/** Something that takes time. */
export interface Slice {
  readonly name: string;
  readonly fromUs: number;
  readonly us: number;
  readonly args?: Readonly<Record<string, unknown>>;
}

/** A line of a trace. */
export class Track {
  readonly #events: TraceEvent[];
  readonly #place: { readonly pid: number; readonly tid: number };
  readonly #nextId: () => number;
  readonly #name: string;

  constructor(
    events: TraceEvent[],
    { name, ...place }: { readonly name: string; readonly pid: number; readonly tid: number },
    nextId: () => number,
  ) {
    this.#events = events;
    this.#name = name;
    this.#place = place;
    this.#nextId = nextId;
  }

  /** A slice that overlaps no other of this track but those that it lies in. */
  slice({ name, fromUs, us, args = {} }: Slice): void {
    this.#events.push({ ph: "X", ...this.#place, ts: fromUs, dur: us, name, args });
  }

  /** A slice that may overlap others. Perfetto has a track for each name of such slices, so they have this track's, and say theirs. */
  overlapping({ name, fromUs, us, args = {} }: Slice): void {
    const same = { ...this.#place, cat: "async", id: this.#nextId(), name: this.#name };
    this.#events.push({ ph: "b", ...same, ts: fromUs, args: { what: name, ...args } });
    this.#events.push({ ph: "e", ...same, ts: fromUs + us });
  }

  /** A moment. */
  instant(name: string, ts: number, args: Readonly<Record<string, unknown>> = {}): void {
    this.#events.push({ ph: "i", ...this.#place, ts, name, s: "t", args });
  }

  /** A step of a flow; it binds to the slice of this track that is there. */
  flow(step: "s" | "t" | "f", id: number, ts: number): void {
    const end = step === "f" ? { bp: "e" as const } : {};
    this.#events.push({
      ph: step,
      ...this.#place,
      ts,
      id,
      cat: "page-request",
      name: "page request",
      ...end,
    });
  }
}

/** A trace that grows. */
export class TraceWriter {
  readonly #events: TraceEvent[] = [];
  #processes = 0;
  #ids = 0;

  /** A number that no flow or asynchronous slice has yet. */
  nextId(): number {
    return ++this.#ids;
  }

  /** A group of tracks, below the groups that were there before. What is returned adds a track to it. */
  process(name: string): (track: string) => Track {
    const pid = ++this.#processes;
    let tid = 0;
    const describe = (kind: string, args: Readonly<Record<string, unknown>>) =>
      this.#events.push({ ph: "M", pid, tid, name: kind, args });
    describe("process_name", { name });
    describe("process_sort_index", { sort_index: pid });
    return (track) => {
      tid++;
      describe("thread_name", { name: track });
      describe("thread_sort_index", { sort_index: tid });
      return new Track(this.#events, { name: track, pid, tid }, () => this.nextId());
    };
  }

  /** The text of a trace file. */
  toString(): string {
    const events = this.#events.map((event) => JSON.stringify(event));
    return `{"displayTimeUnit":"ms","traceEvents":[\n${events.join(",\n")}\n]}\n`;
  }
}
