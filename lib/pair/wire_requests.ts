/**
 * Page requests of a destination that keeps no log of them, as the proxy's tap saw them.
 *
 * @module
 */

import { PAGE_SIZE } from "../ram/ram_block.ts";
import type { Proxy } from "../qemu/proxy/proxy.ts";
import type { WatchedRequest } from "../qemu/tap/page_watch.ts";
import type { MeasuredRequest, PairMeasurements } from "./pair.ts";

/** What went through a proxy; `null` where it has no tap, or the tap could not read all. */
export async function requestsOnWire(
  proxy: Proxy,
): Promise<Pick<PairMeasurements, "requests" | "wireRequests"> | null> {
  const report = await proxy.report({ brief: true });
  if (report === null || report.unread.length > 0) return null;
  const { requests: { answered, open, passedBefore }, latency } = report;
  return {
    requests: (await proxy.requests()).map(inOurTerms),
    wireRequests: { count: answered + open + passedBefore, latency: latency.all },
  };
}

/** A request in the terms of our own logs: what lies before it was sent and behind the page's arrival is not to be seen. */
function inOurTerms({ offset, atUs, latencyUs, channel }: WatchedRequest): MeasuredRequest {
  return {
    page: Math.floor(offset / PAGE_SIZE),
    vcpu: null,
    points: { "request-sent": atUs, "record-read": atUs + latencyUs },
    channel,
    servedBy: null,
    latencyUs,
    parts: [{ from: "request-sent", to: "record-read", us: latencyUs }],
    blame: null,
  };
}
