/**
 * What Perfetto's importer of Chrome's JSON makes of a trace, as far as it can lose something: slices of a thread that do not nest are moved
 * to another track, those of negative length never end, and a flow's step that finds no slice on its thread is left out. Written after
 * `json_trace_parser.cc`, `slice_tracker.cc` and `flow_tracker.cc` of Perfetto's trace processor, which is not to be had as a package; held
 * against a build of it (v44).
 *
 * @module
 */

import type { TraceEvent } from "../../lib/report/trace/trace_writer.ts";

/** What was imported, and the events that lost something, as sentences. */
export interface Imported {
  readonly slices: number;
  /** Arrows from one slice to the next. */
  readonly arrows: number;
  readonly problems: readonly string[];
}

interface Slice {
  readonly event: TraceEvent;
  readonly endUs: number;
}

/** Imports the events of a trace. */
export function importAsPerfetto(events: readonly TraceEvent[]): Imported {
  // Events are taken by time, those of one time in the order of the file.
  const sorted = events.filter(({ ph }) => ph !== "M").toSorted((a, b) => a.ts! - b.ts!);
  const threads = new Map<string, Slice[]>();
  const flows = new Map<string, Slice>();
  const problems: string[] = [];
  const count = { slices: 0, arrows: 0 };
  for (const event of sorted) {
    const { ph, ts = 0, dur = 0, pid, tid, cat, id, name } = event;
    const thread = `${pid} ${tid}`;
    const stack = threads.get(thread) ?? [];
    threads.set(thread, stack);
    const lose = (why: string) => problems.push(`${ph} "${name}" at ${ts} on ${thread} ${why}`);
    if (ph === "X" || ph === "i") {
      const slice = { event, endUs: ts + dur };
      while (stack.length > 0 && stack.at(-1)!.endUs <= ts) stack.pop();
      if (stack.length > 0 && stack.at(-1)!.endUs < slice.endUs) lose("overlaps");
      if (dur < 0) lose("ends before it begins");
      stack.push(slice);
      count.slices++;
    } else {
      const key = `${cat} ${name} ${id}`;
      const slice = stack.at(-1);
      if (slice === undefined || slice.event.ts !== ts) lose("finds no slice that begins there");
      else if ((ph === "s") === flows.has(key)) lose("begins twice, or has no begin");
      else if (ph !== "s") count.arrows++;
      if (slice !== undefined) flows.set(key, slice);
    }
  }
  return { ...count, problems };
}
