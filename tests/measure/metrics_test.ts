import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Metric } from "../../lib/measure/metric.ts";
import { isMetricName, METRICS } from "../../lib/measure/metrics.ts";

/** The names that readers of result files rely on: they may not change under the same schema. */
const PROMISED = [
  "source.main-loop.longest-stall-ms",
  "source.qmp.longest-silence-ms",
  "source.qmp.p99-ms",
  "destination.main-loop.longest-stall-ms",
  "destination.qmp.longest-silence-ms",
  "destination.qmp.p99-ms",
  "page-request.count",
  "page-request.latency-p50-us",
  "page-request.latency-p90-us",
  "page-request.latency-p99-us",
  "page-request.latency-p999-us",
  "page-request.latency-max-us",
  "page-request.latency-mean-us",
  "page-request.affected-share",
  "page-request.channel-share",
  "postcopy.start-to-active-ms",
  "recovery.resume-to-active-ms",
  "downtime-ms",
  "total-time-ms",
  "vcpu.blocked-ms",
  "ram.throughput-mib-per-s",
  "floor.stream-mib-per-s",
  "floor.round-trip-p50-us",
  "floor.idle-loop.longest-stall-ms",
  "shim.connect-error-p99-ms",
  "process.peak-rss-mib",
];

const rows = Object.entries<Metric>(METRICS);

Deno.test("METRICS holds every name of result schema 1", () => {
  assertEquals(PROMISED.filter((name) => !isMetricName(name)), []);
});

Deno.test("METRICS names are kebab-case paths that end in their unit", () => {
  for (const [name, { unit }] of rows) {
    assertMatch(name, /^[a-z0-9]+([-.][a-z0-9]+)*$/);
    assert(
      name.endsWith(`-${unit}`) || name.endsWith(`.${unit}`),
      `${name} does not end in ${unit}`,
    );
  }
});

Deno.test("METRICS explains each metric in whole sentences", () => {
  for (const [name, { meaning }] of rows) {
    assertMatch(meaning, /^[A-Zq].*\.$/, name);
    assert(!meaning.includes("  "), name);
  }
});

Deno.test("isMetricName() refuses names that only every object has", () => {
  assert(!isMetricName("toString"));
});
