/**
 * Trace events in Chrome's JSON format, which Perfetto opens (https://ui.perfetto.dev). Times are microseconds.
 *
 * The hard thing is that slices of one thread must lie within each other or apart. What overlaps otherwise, such as pages that are on their
 * way at the same time, is laid on as many lanes as it takes: threads of the same name, one below the other.
 *
 * @module
 */

/** One event, as the format has it. */
export interface TraceEvent {
  readonly ph: "M" | "X" | "i" | "s" | "t" | "f";
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
  /** A flow of arrows that begins at this slice, comes by, or ends. */
  readonly flow?: { readonly step: "s" | "t" | "f"; readonly id: number };
}

/** A line of a trace, or several where slices overlap. */
export class Track {
  readonly name: string;
  readonly pid: number;
  readonly #add: (entry: Entry) => void;

  constructor(name: string, pid: number, add: (entry: Entry) => void) {
    this.name = name;
    this.pid = pid;
    this.#add = add;
  }

  /** A slice that overlaps no other of this track but those that it lies in. */
  slice(slice: Slice): void {
    this.#add({ kind: "slice", track: this, slice });
  }

  /** A slice that may overlap others. A track takes these or the other kind. */
  overlapping(slice: Slice): void {
    this.#add({ kind: "overlapping", track: this, slice });
  }

  /** A moment. */
  instant(name: string, fromUs: number, args: Readonly<Record<string, unknown>> = {}): void {
    this.#add({ kind: "instant", track: this, slice: { name, fromUs, us: 0, args } });
  }
}

/** What is on a track. */
interface Entry {
  readonly kind: "slice" | "overlapping" | "instant";
  readonly track: Track;
  readonly slice: Slice;
}

/** A trace that grows. */
export class TraceWriter {
  readonly #processes: TraceEvent[] = [];
  readonly #tracks: Track[] = [];
  /** In the order in which they were added: of what happens at one time, readers take that as the order. */
  readonly #entries: Entry[] = [];
  #pids = 0;
  #flows = 0;

  /** A number that no flow has yet. */
  nextFlow(): number {
    return ++this.#flows;
  }

  /** A group of tracks, below the groups that were there before. What is returned adds a track to it. */
  process(name: string): (track: string) => Track {
    const place = { pid: ++this.#pids, tid: 0 };
    this.#processes.push(
      { ph: "M", ...place, name: "process_name", args: { name } },
      { ph: "M", ...place, name: "process_sort_index", args: { sort_index: place.pid } },
    );
    return (name) => {
      const track = new Track(name, place.pid, (entry) => this.#entries.push(entry));
      this.#tracks.push(track);
      return track;
    };
  }

  /** The text of a trace file. Tracks with nothing on them are not in it. */
  toString(): string {
    const laneOf = layOnLanes(this.#entries);
    const widths = new Map<Track, number>();
    for (const entry of this.#entries) {
      const width = (laneOf.get(entry) ?? 0) + 1;
      widths.set(entry.track, Math.max(width, widths.get(entry.track) ?? 0));
    }
    const names: TraceEvent[] = [];
    const firstTid = new Map<Track, number>();
    // Readers know a thread by its number alone, and take a process's number for that of its main thread.
    let tid = this.#pids + 1;
    for (const track of this.#tracks) {
      firstTid.set(track, tid);
      const endTid = tid + (widths.get(track) ?? 0);
      while (tid < endTid) names.push(...nameThread(track, tid++));
    }
    const events = this.#entries.flatMap((entry) =>
      eventsOf(entry, firstTid.get(entry.track)! + (laneOf.get(entry) ?? 0))
    );
    const lines = [...this.#processes, ...names, ...events].map((event) => JSON.stringify(event));
    return `{"displayTimeUnit":"ms","traceEvents":[\n${lines.join(",\n")}\n]}\n`;
  }
}

/** The lane of what may overlap, from 0 on: the first of its track that is free then. */
function layOnLanes(entries: readonly Entry[]): Map<Entry, number> {
  const laneOf = new Map<Entry, number>();
  const freeFromUs = new Map<Track, number[]>();
  const inTime = entries.filter(({ kind }) => kind === "overlapping")
    .toSorted((a, b) => a.slice.fromUs - b.slice.fromUs);
  for (const entry of inTime) {
    const { track, slice: { fromUs, us } } = entry;
    const lanes = freeFromUs.get(track) ?? [];
    freeFromUs.set(track, lanes);
    const free = lanes.findIndex((freeUs) => freeUs <= fromUs);
    const lane = free < 0 ? lanes.length : free;
    lanes[lane] = fromUs + us;
    laneOf.set(entry, lane);
  }
  return laneOf;
}

function nameThread({ name, pid }: Track, tid: number): TraceEvent[] {
  return [
    { ph: "M", pid, tid, name: "thread_name", args: { name } },
    { ph: "M", pid, tid, name: "thread_sort_index", args: { sort_index: tid } },
  ];
}

function eventsOf({ kind, track, slice }: Entry, tid: number): TraceEvent[] {
  const { name, fromUs: ts, us, args = {}, flow } = slice;
  const place = { pid: track.pid, tid, ts };
  if (kind === "instant") return [{ ph: "i", ...place, name, s: "t", args }];
  const event: TraceEvent = { ph: "X", ...place, dur: us, name, args };
  if (flow === undefined) return [event];
  const end = flow.step === "f" ? { bp: "e" as const } : {};
  const arrow = { id: flow.id, cat: "page-request", name: "page request" };
  return [event, { ph: flow.step, ...place, ...arrow, ...end }];
}
