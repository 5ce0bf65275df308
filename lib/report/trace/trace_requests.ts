/**
 * Page requests in a trace. Each is a slice on the vCPU that waited, a mark on each thread that it came by, and a flow that joins them.
 * Where it is not known which vCPU waited, as with a QEMU, any number of them wait at once.
 *
 * @module
 */

import { REQUEST_POINTS, type RunDetails } from "../run_details.ts";
import { type TraceWriter, Track } from "./trace_writer.ts";

type Tracks = ReturnType<TraceWriter["process"]>;
type Point = typeof REQUEST_POINTS[number];

/** Where requests are drawn. */
export interface RequestPlaces {
  readonly source: Tracks;
  readonly channels: Tracks;
  readonly destination: Tracks;
  readonly nextFlow: () => number;
}

/** A thread that a request comes by, and what it does then. */
interface Station {
  readonly point: Point;
  /** Or one for each channel. */
  readonly track: Track | Readonly<Record<"main" | "preempt", Track>>;
  readonly does: string;
}

/** For how long a mark of a moment is drawn, in microseconds: a flow needs a slice to bind to. */
const MARK_US = 1;

/** Draws the requests of a run. */
export function traceRequests(
  { source, channels, destination, nextFlow }: RequestPlaces,
  { requests }: RunDetails,
  at: (us: number) => number,
): void {
  if (requests.page.length === 0) return;
  const faultThread = destination("fault thread");
  const stations: readonly Station[] = [
    { point: "request-sent", track: faultThread, does: "sends the request" },
    { point: "request-sent-again", track: faultThread, does: "sends the request again" },
    { point: "request-read", track: source("return path thread"), does: "reads the request" },
    { point: "record-written", track: source("migration thread"), does: "writes the page" },
    {
      point: "record-read",
      track: { main: destination("listen thread"), preempt: destination("preempt thread") },
      does: "reads the page",
    },
    { point: "placed", track: destination("pages placed"), does: "places the page" },
  ];
  const ways = {
    asks: channels("main, return path"),
    main: channels("main"),
    preempt: channels("preempt"),
  };
  const vcpus = new Map(
    [...new Set(requests.vcpu)].sort((a, b) => a - b).map((vcpu) =>
      [vcpu, destination(vcpu < 0 ? "who waits" : `vCPU ${vcpu}`)] as const
    ),
  );
  for (const [index, page] of requests.page.entries()) {
    const beginUs = at(requests.atUs[index]!);
    const us = requests.latencyUs[index]!;
    const pointAt = (point: Point) => {
      const behind = requests.points[point][index] ?? null;
      return behind === null ? null : beginUs + behind;
    };
    const name = `page ${page}`;
    const channel = requests.channel[index] ?? null;
    const servedBy = requests.servedBy[index] ?? null;
    const vcpu = vcpus.get(requests.vcpu[index]!)!;
    const id = nextFlow();
    const flow = (step: "s" | "t" | "f") => ({ step, id });
    const waits = { name, fromUs: beginUs, us, args: { channel, servedBy }, flow: flow("s") };
    if (requests.vcpu[index]! >= 0) vcpu.slice(waits);
    else vcpu.overlapping(waits);
    const seen = stations.flatMap((station) => {
      const timeUs = pointAt(station.point);
      return timeUs === null ? [] : { ...station, timeUs };
    }).sort((a, b) => a.timeUs - b.timeUs);
    for (const [place, { track, does, timeUs }] of seen.entries()) {
      const thread = track instanceof Track ? track : track[channel ?? "main"];
      thread.slice({
        name: `${does}: ${name}`,
        fromUs: timeUs,
        us: MARK_US,
        flow: flow(place === seen.length - 1 ? "f" : "t"),
      });
    }
    travel(
      ways.asks,
      name,
      pointAt("request-sent-again") ?? pointAt("request-sent"),
      pointAt("request-read"),
    );
    if (channel !== null) {
      travel(ways[channel], name, pointAt("record-written"), pointAt("record-read"));
    }
  }
}

/** What is on its way from one moment to another, where both were seen. */
function travel(track: Track, name: string, fromUs: number | null, toUs: number | null): void {
  if (fromUs === null || toUs === null || toUs < fromUs) return;
  track.overlapping({ name, fromUs, us: toUs - fromUs });
}
