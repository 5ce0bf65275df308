/**
 * Every metric's name, unit and meaning: what result files hold, thresholds ask for and `--explain` explains. The hard thing
 * about a metric is what it leaves out, so each meaning says how it is measured and what it must not be taken for.
 *
 * @module
 */

import {
  BOTH_CLOCKS,
  type Gate,
  GATED_IN_VIRTUAL_TIME,
  gatedInBothClocks,
  gatedInRealTime,
  type Metric,
  NOT_GATED,
  REAL_CLOCK,
} from "./metric.ts";
import { metricsOfSide } from "./metrics_of_a_side.ts";

const LATENCY_MEANING =
  "From the moment in which a vCPU blocks on a missing page to the moment in which it runs " +
  "again, joined from the logs of both sides; every blocked vCPU is one request, and one that is sent again after a " +
  "recovery is still the same. With QEMU as destination it is what the wire shows, where a shim puts the proxy between: " +
  "from the request on the return path to the page's last record, which is less by sending the one and placing the other.";

function latency(which: string, gate: Gate = GATED_IN_VIRTUAL_TIME): Metric {
  return {
    unit: "us",
    better: "lower",
    clocks: BOTH_CLOCKS,
    gate,
    meaning: `${which} ${LATENCY_MEANING}`,
  };
}

/** All metrics by name, in the order in which they are reported. */
export const METRICS = {
  ...metricsOfSide("source"),
  ...metricsOfSide("destination"),
  "page-request.count": {
    unit: "count",
    better: "neither",
    clocks: BOTH_CLOCKS,
    gate: GATED_IN_VIRTUAL_TIME,
    meaning:
      "How many times a vCPU blocked on a missing page. It is no measure of quality: a vCPU that waits asks " +
      "for nothing else meanwhile, so worse latency means fewer requests. Between two QEMUs it is the pages that were " +
      "asked for on the wire, and absent without a shim.",
  },
  "page-request.latency-p10-us": latency(
    "The page request latency that 10 of 100 requests did not exceed: the way itself, with nothing in it. What a machine does " +
      "besides hardly shows here, so comparisons in real time see the smallest changes by it; what users feel is p50 and up.",
    gatedInRealTime(0.15),
  ),
  "page-request.latency-p50-us": latency(
    "The page request latency that half of the requests did not exceed.",
    gatedInBothClocks(0.25),
  ),
  "page-request.latency-p90-us": latency(
    "The page request latency that 90 of 100 requests did not exceed.",
  ),
  "page-request.latency-p99-us": latency(
    "The page request latency that 99 of 100 requests did not exceed.",
    gatedInBothClocks(0.4),
  ),
  "page-request.latency-p999-us": latency(
    "The page request latency that 999 of 1000 requests did not exceed.",
  ),
  "page-request.latency-max-us": latency("The longest page request latency."),
  "page-request.latency-mean-us": latency("The mean page request latency."),
  "page-request.affected-share": {
    unit: "share",
    better: "lower",
    clocks: BOTH_CLOCKS,
    gate: GATED_IN_VIRTUAL_TIME,
    meaning:
      "The share of page requests for whose latency the preempt channel is answerable by more than half: waiting " +
      "for the channel to exist, waiting in it at the source, and the shim's delay on it. Absent with preempt off, " +
      "and with QEMU as source. At the start no request can wait for the channel, since the switch itself does.",
  },
  "page-request.channel-share": {
    unit: "share",
    better: "lower",
    clocks: BOTH_CLOCKS,
    gate: GATED_IN_VIRTUAL_TIME,
    meaning:
      "The part of all page request latency, summed, for which the preempt channel is answerable: waiting for it to " +
      "exist, waiting in it at the source, and the shim's delay on it. Absent with preempt off, and with QEMU as source.",
  },
  "postcopy.start-to-active-ms": {
    unit: "ms",
    better: "lower",
    clocks: BOTH_CLOCKS,
    gate: gatedInBothClocks(0.15),
    meaning:
      "From migrate-start-postcopy to the source's status postcopy-active. The switch waits for the preempt " +
      "channel, so a slow connect shows here: whole under async-after-main, and as far as it is not over yet under the others.",
  },
  "recovery.resume-to-active-ms": {
    unit: "ms",
    better: "lower",
    clocks: BOTH_CLOCKS,
    gate: GATED_IN_VIRTUAL_TIME,
    meaning:
      "From migrate with resume to the source's status postcopy-active again, the longest of the recoveries. It holds " +
      "both connects and the exchange of bitmaps, and the guest waits on every missing page for all of it.",
  },
  "downtime-ms": {
    unit: "ms",
    better: "lower",
    clocks: BOTH_CLOCKS,
    gate: GATED_IN_VIRTUAL_TIME,
    meaning:
      "From the STOP event of the source to the RESUME event of the destination: the guest runs nowhere. QEMU's own " +
      "downtime field is not used, since 7.2's can be the host's uptime and 11.1's is off by seconds at times. Waiting for " +
      "pages afterwards is not in it: see vcpu.blocked-ms.",
  },
  "total-time-ms": {
    unit: "ms",
    better: "lower",
    clocks: BOTH_CLOCKS,
    gate: GATED_IN_VIRTUAL_TIME,
    meaning:
      "query-migrate's total-time on the source: from migrate to the end of the migration, pauses included. A guest " +
      "that writes faster than the link sends makes precopy as long as the scenario lets it.",
  },
  "setup-time-ms": {
    unit: "ms",
    better: "lower",
    clocks: BOTH_CLOCKS,
    gate: GATED_IN_VIRTUAL_TIME,
    meaning:
      "query-migrate's setup-time on the source: from migrate to the first RAM that is sent. A blocking preempt " +
      "connect at the start is in it.",
  },
  "vcpu.blocked-ms": {
    unit: "ms",
    better: "lower",
    clocks: BOTH_CLOCKS,
    gate: GATED_IN_VIRTUAL_TIME,
    meaning:
      "The time that the destination's vCPUs were blocked on missing pages, summed over the vCPUs. In a recovery it " +
      "holds the whole pause for every vCPU that touched a missing page.",
  },
  "ram.throughput-mib-per-s": {
    unit: "mib-per-s",
    better: "higher",
    clocks: BOTH_CLOCKS,
    gate: gatedInBothClocks(0.3),
    meaning:
      "RAM bytes sent over the time in which the source was sending. In real time compare it with " +
      "floor.stream-mib-per-s of the same run; zero pages travel as nine bytes, so a guest of zeros makes it meaningless.",
  },
  "ram.precopy-bytes": {
    unit: "bytes",
    better: "neither",
    clocks: BOTH_CLOCKS,
    gate: GATED_IN_VIRTUAL_TIME,
    meaning:
      "query-migrate's precopy-bytes on the source: RAM bytes sent while the guest ran on the source.",
  },
  "ram.downtime-bytes": {
    unit: "bytes",
    better: "neither",
    clocks: BOTH_CLOCKS,
    gate: GATED_IN_VIRTUAL_TIME,
    meaning:
      "query-migrate's downtime-bytes on the source: RAM bytes sent while the guest ran on neither side.",
  },
  "ram.postcopy-bytes": {
    unit: "bytes",
    better: "neither",
    clocks: BOTH_CLOCKS,
    gate: GATED_IN_VIRTUAL_TIME,
    meaning:
      "query-migrate's postcopy-bytes on the source: RAM bytes sent while the guest ran on the destination, on both " +
      "channels, those that a cut lost included.",
  },
  "floor.stream-mib-per-s": {
    unit: "mib-per-s",
    better: "higher",
    clocks: REAL_CLOCK,
    gate: NOT_GATED,
    meaning:
      "What plain Deno sockets stream over TCP between two Workers with writes of 64 KiB, out of and into 256 MiB of memory, measured in the same run: " +
      "the raw limit for ram.throughput-mib-per-s. Larger writes are faster, so a ratio above 1 is no mistake.",
  },
  "floor.round-trip-p50-us": {
    unit: "us",
    better: "lower",
    clocks: REAL_CLOCK,
    gate: NOT_GATED,
    meaning:
      "The median time in which 8 bytes over TCP are answered by 4 KiB between two Workers with plain Deno sockets, " +
      "paced as the guest is: the raw limit for a page request. Back to back it would be smaller and compare with nothing, " +
      "since CPUs fall asleep between paced requests.",
  },
  "floor.idle-loop.longest-stall-ms": {
    unit: "ms",
    better: "lower",
    clocks: REAL_CLOCK,
    gate: NOT_GATED,
    meaning:
      "The longest stall of the idle control: a Worker that does nothing but answer the same probe in the same run. " +
      "What the engines' loops show up to this length is the machine's doing and the probe's, not theirs.",
  },
  "shim.connect-error-p99-ms": {
    unit: "ms",
    better: "lower",
    clocks: REAL_CLOCK,
    gate: NOT_GATED,
    meaning:
      "How far the connect delay that a plain client sees through the shim is from the one asked for, at p99. It is " +
      "measured from outside in the same run, and it bounds what can be said about any connect delay in the table.",
  },
  "process.cpu-ms": {
    unit: "ms",
    better: "lower",
    clocks: REAL_CLOCK,
    gate: gatedInRealTime(0.2),
    meaning:
      "User and system time of all threads of this process over the run: engines, guest, probes and harness.",
  },
  "process.peak-rss-mib": {
    unit: "mib",
    better: "lower",
    clocks: REAL_CLOCK,
    gate: gatedInRealTime(0.05),
    meaning:
      "The largest resident set of this process in its life so far (VmHWM): both guests' RAM, the runtime and what " +
      "earlier runs in the same process have left. Compare it only where each run has a process of its own, as in the " +
      "capacity suite.",
  },
} as const satisfies Record<string, Metric>;

/** The name of a metric. */
export type MetricName = keyof typeof METRICS;

/**
 * Whether `name` names a metric.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * assert(isMetricName("source.qmp.p99-ms"));
 * assert(!isMetricName("source.qmp.p98-ms"));
 * ```
 */
export function isMetricName(name: string): name is MetricName {
  return Object.hasOwn(METRICS, name);
}
