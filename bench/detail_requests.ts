/**
 * The page requests of a run as details of a result file: percentiles and means of all of them, and the way of those that stand out.
 *
 * @module
 */

import type { PreemptBlame } from "../lib/measure/preempt_blame.ts";
import type { MeasuredRequest } from "../lib/pair/pair.ts";
import { keepPeaks } from "../lib/report/keep_peaks.ts";
import {
  type Anatomy,
  REQUEST_POINTS,
  type RequestColumns,
  type RunDetails,
} from "../lib/report/run_details.ts";

/** Page requests that a file holds of a run. */
export const REQUESTS_MAX = 1000;

/** Shares that a percentile plot goes by: four steps to halve what is left above, and those that people ask for. */
const SHARES = [
  ...Array.from({ length: 100 }, (_, step) => 1 - 2 ** (-step / 4)),
  ...[0.9, 0.99, 0.999, 0.9999],
].sort((a, b) => a - b);

type Ended = MeasuredRequest & { readonly latencyUs: number; readonly beginUs: number };

/** What details say of page requests. */
export function detailRequests(
  requests: readonly MeasuredRequest[],
  at: (us: number) => number,
): Pick<RunDetails, "requests" | "quantiles" | "anatomy"> {
  const ended = requests.filter(hasEnded).map((request) => ({
    ...request,
    beginUs: request.points.faulted ?? request.points["request-sent"] ?? 0,
  }));
  const byLatency = ended.toSorted((a, b) => a.latencyUs - b.latencyUs);
  return {
    requests: columns(ended, requests.length - ended.length, at),
    quantiles: quantiles(byLatency.map(({ latencyUs }) => latencyUs)),
    anatomy: anatomies(byLatency),
  };
}

function hasEnded(
  request: MeasuredRequest,
): request is MeasuredRequest & { readonly latencyUs: number } {
  return request.latencyUs !== null && request.parts.length > 0;
}

function columns(
  ended: readonly Ended[],
  incomplete: number,
  at: (us: number) => number,
): RequestColumns {
  const inTime = ended.toSorted((a, b) => a.beginUs - b.beginUs || a.page - b.page);
  const kept = keepPeaks(inTime, REQUESTS_MAX, ({ latencyUs }) => latencyUs);
  const isWhole = kept.length === ended.length;
  const column = <T>(of: (request: Ended) => T) => kept.map(of);
  const behind = (request: Ended, us: number | undefined) =>
    us === undefined ? null : Math.max(0, Math.round(us - request.beginUs));
  const points = {} as Record<typeof REQUEST_POINTS[number], (number | null)[]>;
  for (const point of REQUEST_POINTS) {
    points[point] = column((request) => behind(request, request.points[point]));
  }
  return {
    total: ended.length,
    incomplete,
    kept: isWhole
      ? "all"
      : `${kept.length} of ${ended.length}: of every stretch of time the slowest and the middle one`,
    page: column(({ page }) => page),
    vcpu: column(({ vcpu }) => vcpu ?? -1),
    atUs: column(({ beginUs }) => at(beginUs)),
    latencyUs: column(({ latencyUs }) => Math.round(latencyUs)),
    blameUs: column(({ blame }) => blame === null ? null : Math.round(blame.totalUs)),
    servedBy: column(({ servedBy }) => servedBy),
    channel: column(({ channel }) => channel),
    points,
  };
}

/** Latencies at shares that come ever nearer to 1, as HdrHistogram's percentile plot has them, up to the longest. @param sorted ascending. */
function quantiles(sorted: readonly number[]): RunDetails["quantiles"] {
  const count = sorted.length;
  if (count === 0) return [];
  // Less the rounding errors of, say, 0.9 * 10.
  const ranks = SHARES.map((share) => ({
    share,
    rank: Math.max(1, Math.ceil(share * count - 1e-9)),
  }));
  const curve = ranks.filter(({ rank }) => rank < count)
    .map(({ share, rank }): [number, number] => [share, Math.round(sorted[rank - 1]!)]);
  return [...curve, [1, Math.round(sorted.at(-1)!)]];
}

/** All requests, and the slow ones by themselves. @param sorted by latency. */
function anatomies(sorted: readonly Ended[]): Anatomy[] {
  const count = sorted.length;
  if (count === 0) return [];
  const slowest = (share: number) =>
    sorted.slice(Math.min(count - 1, Math.floor(count * (1 - share))));
  return [
    anatomy("all requests", sorted),
    ...count >= 20 ? [anatomy("slowest tenth", slowest(0.1))] : [],
    ...count >= 200 ? [anatomy("slowest hundredth", slowest(0.01))] : [],
    anatomy("slowest request", sorted.slice(-1)),
  ];
}

/** Requests that went the same way have the same parts; another way's parts come after those of the way that most went. */
function anatomy(of: string, requests: readonly Ended[]): Anatomy {
  const sums = new Map<string, { from: string; to: string; us: number }>();
  for (const { parts } of requests) {
    for (const { from, to, us } of parts) {
      const sum = sums.get(`${from} ${to}`) ?? { from, to, us: 0 };
      sums.set(`${from} ${to}`, { ...sum, us: sum.us + us });
    }
  }
  const mean = (us: number) => us / requests.length;
  const blames = requests.flatMap(({ blame }) => blame ?? []);
  const meanBlame = (field: keyof PreemptBlame) =>
    mean(blames.reduce((sum, blame) => sum + blame[field], 0));
  return {
    of,
    count: requests.length,
    latencyUs: mean(requests.reduce((sum, { latencyUs }) => sum + latencyUs, 0)),
    parts: [...sums.values()].map((part) => ({ ...part, us: mean(part.us) }))
      .sort((a, b) => placeOf(a.from) - placeOf(b.from) || placeOf(a.to) - placeOf(b.to)),
    blame: blames.length === 0 ? null : {
      awaitingChannelUs: meanBlame("awaitingChannelUs"),
      inChannelUs: meanBlame("inChannelUs"),
      shimUs: meanBlame("shimUs"),
    },
  };
}

/** Where a point stands on the way; the begin comes first. */
function placeOf(point: string): number {
  return (REQUEST_POINTS as readonly string[]).indexOf(point);
}
