/**
 * The details of one run, as a result file keeps them for reports: who was in which status when, where main loops and QMP stood still, where
 * the guest ran, and every page request's way.
 *
 * The hard thing is size. Each list has a bound, and what is left out is never what somebody looks for: of stalls and silences the longest
 * stay, of page requests the slowest of every stretch of time (`lib/report/keep_peaks.ts`). Percentiles and means are of all requests,
 * worked out before any was left out. Requests are columns, since a name for each figure would be most of the file.
 *
 * @module
 */

import { z } from "zod";

/** Microseconds since the first `migrate` of the run, or since the measurement began where none was given; before it negative. */
const AT_US = z.int();
/** A length of time in microseconds. */
const LENGTH_US = z.int().min(0);

const SIDE_NAME = z.enum(["source", "destination"]);

/** Times in which something stood still, by their begin. */
const STANDSTILLS = z.strictObject({
  /** How many of at least 1 ms there were. */
  total: z.int().min(0),
  /** The longest of them: begin, length, and for how much of it a main loop's thread waited for a CPU (`null`: not known). */
  longest: z.array(z.tuple([AT_US, LENGTH_US, LENGTH_US.nullable()])),
});

const SIDE = z.strictObject({
  statuses: z.array(z.strictObject({
    fromUs: AT_US,
    /** QAPI's MigrationStatus. */
    status: z.string(),
    /** 0 = the start of the migration, k = its k-th recovery. */
    phase: z.int().min(0),
  })),
  /** Of the main loop; `null` where it was not probed. */
  stalls: STANDSTILLS.nullable(),
  /** In which QMP owed an answer and gave none; `null` where there was no prober. */
  silences: STANDSTILLS.nullable(),
});

/** The points of a page request behind its begin, in the order of its way. Both ends of `lib/measure/page_requests.ts`. */
export const REQUEST_POINTS = [
  "request-sent",
  "request-sent-again",
  "request-read",
  "record-written",
  "record-read",
  "placed",
  "vcpu-runs",
] as const;

const COLUMN = z.array(LENGTH_US.nullable());

const REQUESTS = z.strictObject({
  /** How many there were with a begin and an end. */
  total: z.int().min(0),
  /** How many had no begin or no end in the logs. */
  incomplete: z.int().min(0),
  /** Which of them the columns hold, as a sentence. */
  kept: z.string(),
  page: z.array(z.int().min(0)),
  /** -1 where it is not known. */
  vcpu: z.array(z.int().min(-1)),
  /** When it began. */
  atUs: z.array(AT_US),
  latencyUs: z.array(LENGTH_US),
  /** The part of the latency that the preempt channel is answerable for; `null` where that is not known. */
  blameUs: COLUMN,
  /** Whether the page came because it was asked for, or the background scan was there first; `null` where that is not known. */
  servedBy: z.array(z.enum(["request", "background"]).nullable()),
  channel: z.array(z.enum(["main", "preempt"]).nullable()),
  /** When it came by each point, from its begin; `null` where it was not seen there. */
  points: z.strictObject(
    Object.fromEntries(REQUEST_POINTS.map((point) => [point, COLUMN])) as Record<
      typeof REQUEST_POINTS[number],
      typeof COLUMN
    >,
  ),
});

const MEAN_US = z.number().min(0);

/** Where the time of some requests went, on average. */
const ANATOMY = z.strictObject({
  /** Which requests, as a noun. */
  of: z.string(),
  count: z.int().min(1),
  latencyUs: MEAN_US,
  /** Parts of the latency, in the order of the way; they sum to it. */
  parts: z.array(z.strictObject({ from: z.string(), to: z.string(), us: MEAN_US })),
  /** The preempt channel's part, by its three causes; `null` where nothing can be blamed. */
  blame: z.strictObject({
    awaitingChannelUs: MEAN_US,
    inChannelUs: MEAN_US,
    shimUs: MEAN_US,
  }).nullable(),
});

export const RUN_DETAILS = z.strictObject({
  /** What all chance of the run followed from. */
  seed: z.int().min(0),
  /** What the shim did, each rule in tc-netem's words. */
  shim: z.array(z.string()),
  /** The measurement. */
  beginUs: AT_US,
  endUs: AT_US,
  sides: z.strictObject({ source: SIDE, destination: SIDE }),
  /** Stalls of a loop that does nothing; `null` in virtual time. */
  idle: STANDSTILLS.nullable(),
  /** Where the guest ran, each from there on. */
  guest: z.array(z.strictObject({ fromUs: AT_US, on: z.enum(["source", "destination", "none"]) })),
  /** What the operator said. */
  commands: z.array(z.strictObject({ atUs: AT_US, on: SIDE_NAME, name: z.string() })),
  /** The source's connects. `endUs` is `null` where it had not ended, `failure` where it did not fail. */
  connects: z.array(z.strictObject({
    role: z.enum(["main", "preempt"]),
    phase: z.int().min(0),
    beginUs: AT_US,
    endUs: AT_US.nullable(),
    failure: z.string().nullable(),
  })),
  /** Channels that were closed although they should have lasted. */
  closed: z.array(
    z.strictObject({ atUs: AT_US, on: SIDE_NAME, role: z.string(), reason: z.string() }),
  ),
  requests: REQUESTS,
  /** Latencies of all requests: the share of them that did not exceed it, from 0 to 1, and the latency. */
  quantiles: z.array(z.tuple([z.number().min(0).max(1), LENGTH_US])),
  anatomy: z.array(ANATOMY),
});

type DeepReadonly<T> = { readonly [K in keyof T]: DeepReadonly<T[K]> };

/** The details of a run. */
export type RunDetails = DeepReadonly<z.infer<typeof RUN_DETAILS>>;

/** Times in which something stood still. */
export type Standstills = NonNullable<RunDetails["idle"]>;

/** The page requests of a run, as columns of one length. */
export type RequestColumns = RunDetails["requests"];

/** Where the time of some requests went. */
export type Anatomy = RunDetails["anatomy"][number];
