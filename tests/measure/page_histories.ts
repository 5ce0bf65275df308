/**
 * Synthetic lives of pages with their truth, for the tests of the join: what each side logs, and what really happened.
 *
 * @module
 */

import type { PageChannel, PageRequestEntry } from "../../lib/ram/page_request_log.ts";
import type { PageRequest } from "../../lib/measure/page_requests.ts";

/** What happens to one page. */
export interface PageFate {
  readonly servedBy: "request" | "background";
  readonly vcpus: readonly number[];
  /** How often the link is cut, and recovered, while the page is asked for. */
  readonly cuts: number;
  /** Whether each cut loses a record of this page on its way. */
  readonly lostRecord: boolean;
  /** The time from each event to the next. */
  readonly stepsUs: readonly number[];
}

/** What both sides log about one page, and the truth about its requests. */
export interface PageHistory {
  readonly fate: PageFate;
  readonly channel: PageChannel;
  readonly source: readonly PageRequestEntry[];
  readonly destination: readonly PageRequestEntry[];
  readonly requests: readonly {
    readonly page: number;
    readonly vcpu: number;
    readonly latencyUs: number;
    readonly points: PageRequest["points"];
  }[];
}

/** Lets a page live through its fate, from time 0 on. */
export function pageHistory(page: number, fate: PageFate, preempt: boolean): PageHistory {
  const channel: PageChannel = preempt && fate.servedBy === "request" ? "preempt" : "main";
  const source: PageRequestEntry[] = [];
  const destination: PageRequestEntry[] = [];
  let [nowUs, step, session] = [0, 0, 0];
  const log = (event: PageRequestEntry["event"], more: Partial<PageRequestEntry> = {}): number => {
    nowUs += fate.stepsUs[step++ % fate.stepsUs.length]!;
    const side = event === "request-read" || event === "record-written" ? source : destination;
    side.push({ event, session, page, vcpu: -1, timeUs: nowUs, ...more });
    return nowUs;
  };

  const faulted = new Map(fate.vcpus.map((vcpu) => [vcpu, log("faulted", { vcpu })]));
  const points: { -readonly [P in keyof PageRequest["points"]]: number } = {};
  points["request-sent"] = log("request-sent");
  for (; session < fate.cuts; log("request-sent")) {
    log("request-read");
    if (fate.lostRecord) log("record-written", { channel: "main" });
    session++;
  }
  if (fate.cuts > 0) points["request-sent-again"] = nowUs;
  if (fate.servedBy === "background") points["record-written"] = log("record-written", { channel });
  points["request-read"] = log("request-read");
  if (fate.servedBy === "request") points["record-written"] = log("record-written", { channel });
  points["record-read"] = log("record-read", { channel });
  points.placed = log("placed", { channel });
  const requests = fate.vcpus.map((vcpu) => {
    const runsUs = log("vcpu-runs", { vcpu });
    const faultedUs = faulted.get(vcpu)!;
    return {
      page,
      vcpu,
      latencyUs: runsUs - faultedUs,
      points: { faulted: faultedUs, ...points, "vcpu-runs": runsUs },
    };
  });
  return { fate, channel, source, destination, requests };
}

/** The values in an order that `order` draws. */
export function shuffled<T>(values: readonly T[], order: Iterator<number>): T[] {
  const result = [...values];
  for (let last = result.length - 1; last > 0; last--) {
    const other = order.next().value % (last + 1);
    [result[last], result[other]] = [result[other]!, result[last]!];
  }
  return result;
}
