import { assertEquals } from "@std/assert";
import { metricsOfRun as metricsWithFloors, type RunRecord } from "../../bench/metrics_of_run.ts";
import { LatencyHistogram } from "../../lib/measure/histogram.ts";
import { measureStalls } from "../../lib/measure/loop_stalls.ts";
import { METRICS } from "../../lib/measure/metrics.ts";
import { measureQueries } from "../../lib/measure/query_silence.ts";
import { eventAt, recordOf } from "./runs.ts";

const metricsOfRun = (run: RunRecord) => metricsWithFloors(run, null);

/** What is known of any run: counts of nothing. */
const NOTHING = { "page-request.count": 0, "vcpu.blocked-ms": 0 };

/** The RAM of a source that has sent so many MiB before the switch, in it and after it. */
function sentMib(precopy: number, downtime: number, postcopy: number) {
  return {
    ram: {
      transferred: 0,
      remaining: 0,
      total: 0,
      duplicate: 0,
      normal: 0,
      "normal-bytes": 0,
      "dirty-pages-rate": 0,
      mbps: 0,
      "dirty-sync-count": 0,
      "postcopy-requests": 0,
      "page-size": 4096,
      "pages-per-second": 0,
      "precopy-bytes": precopy * 2 ** 20,
      "downtime-bytes": downtime * 2 ** 20,
      "postcopy-bytes": postcopy * 2 ** 20,
    },
  };
}

const at = (fromUs: number, status: string, phase = 0) => ({ fromUs, status, phase });

Deno.test("metricsOfRun() leaves out what was not measured", () => {
  assertEquals(metricsOfRun(recordOf()), NOTHING);
});

Deno.test("metricsOfRun() knows every name that it gives", () => {
  const loop = measureStalls({
    intervalUs: 1000,
    ticks: [{ intendedUs: 0, sentUs: 0, cpuWaitUs: 0 }],
    answers: [{ count: 1, stampUs: 30_000, cpuWaitUs: 4000 }],
    endUs: 40_000,
  });
  const stalls = loop.stalls.map((stall) => ({ ...stall, span: null }));
  const qmp = measureQueries([{ intendedUs: 0, sentUs: 0, answeredUs: 2000 }], 9000);
  const latencies = new LatencyHistogram();
  latencies.record(500);
  const latency = latencies.figures()!;
  const side = { loop, stalls, qmp };
  const record = recordOf({
    source: {
      ...side,
      migration: { status: "completed", "total-time": 9, "setup-time": 1, ...sentMib(1, 1, 1) },
      statuses: [at(0, "active"), at(2e6, "postcopy-active"), at(5e6, "postcopy-active", 1)],
    },
    destination: side,
    commands: [
      { on: "source", name: "migrate-start-postcopy", resumes: false, atUs: 1e6 },
      { on: "source", name: "migrate", resumes: true, atUs: 4e6 },
    ],
    events: { source: [eventAt("STOP", 1e6)], destination: [eventAt("RESUME", 2e6)] },
    measurements: {
      idleLoop: loop,
      pageRequests: {
        count: 1,
        incomplete: 0,
        droppedEntries: 0,
        servedByBackground: 0,
        latency,
        affectedShare: 0,
        channelShare: 0,
      },
      shimConnectErrorsUs: [50],
      cpuMs: 1,
      peakRssMib: 1,
    },
  });
  const names = Object.keys(metricsWithFloors(record, { streamMibPerS: 1, roundTrip: latency }));
  assertEquals(new Set(names), new Set(Object.keys(METRICS)));
});

Deno.test("metricsOfRun() takes page requests from the wire only where no log has them", () => {
  const latencies = new LatencyHistogram();
  latencies.record(500);
  const wireRequests = { count: 3, latency: latencies.figures() };
  const ofQemus = metricsOfRun(recordOf({ measurements: { pageRequests: null, wireRequests } }));
  assertEquals(ofQemus["page-request.count"], 3);
  assertEquals(ofQemus["page-request.latency-mean-us"], 500);
  const pageRequests = recordOf().measurements.pageRequests!;
  const ownLog = { ...pageRequests, count: 1, latency: { ...latencies.figures()!, meanUs: 9 } };
  const ofOurs = metricsOfRun(recordOf({ measurements: { pageRequests: ownLog, wireRequests } }));
  assertEquals(ofOurs["page-request.count"], 1);
  assertEquals(ofOurs["page-request.latency-mean-us"], 9);
});

Deno.test("metricsOfRun() takes the longest stall and its wait for a CPU from the same stall", () => {
  const loop = measureStalls({
    intervalUs: 1000,
    ticks: [0, 100_000, 200_000].map((us) => ({ intendedUs: us, sentUs: us, cpuWaitUs: 0 })),
    answers: [
      { count: 1, stampUs: 5_000, cpuWaitUs: 5_000 },
      { count: 1, stampUs: 130_000, cpuWaitUs: 2_000 },
      { count: 1, stampUs: 202_000, cpuWaitUs: 0 },
    ],
    endUs: 300_000,
  });
  const stalls = loop.stalls.map((stall) => ({ ...stall, span: null }));
  const metrics = metricsOfRun(recordOf({ source: { loop, stalls } }));
  assertEquals(metrics["source.main-loop.longest-stall-ms"], 30);
  assertEquals(metrics["source.main-loop.longest-stall-cpu-wait-ms"], 2);
  assertEquals(metrics["destination.main-loop.longest-stall-ms"], undefined);
});

Deno.test("metricsOfRun() measures downtime from STOP to RESUME, a later stop not counting", () => {
  const source = [
    eventAt("STOP", 1_000_000),
    eventAt("RESUME", 1_100_000),
    eventAt("STOP", 2_000_000),
  ];
  const destination = [eventAt("RESUME", 2_003_500), eventAt("STOP", 3_000_000)];
  assertEquals(metricsOfRun(recordOf({ events: { source, destination } }))["downtime-ms"], 3.5);
});

Deno.test("metricsOfRun() knows no downtime of a guest that did not move", () => {
  const source = [eventAt("STOP", 1_000_000), eventAt("RESUME", 1_100_000)];
  assertEquals(metricsOfRun(recordOf({ events: { source, destination: [] } })), NOTHING);
});

Deno.test("metricsOfRun() measures the switch from its command, and the longest recovery that succeeded", () => {
  const command = (name: "migrate" | "migrate-start-postcopy", atUs: number, resumes = false) =>
    ({ on: "source", name, resumes, atUs }) as const;
  const metrics = metricsOfRun(recordOf({
    commands: [
      command("migrate", 0),
      command("migrate-start-postcopy", 1_000_000),
      // Came to nothing: the next one began before it got anywhere.
      command("migrate", 3_000_000, true),
      command("migrate", 4_000_000, true),
      command("migrate", 6_000_000, true),
    ],
    source: {
      statuses: [
        at(100, "active"),
        at(1_250_000, "postcopy-active"),
        at(2_000_000, "postcopy-paused"),
        at(3_500_000, "postcopy-paused", 1),
        at(4_100_000, "postcopy-active", 2),
        at(5_000_000, "postcopy-paused", 2),
        at(6_300_000, "postcopy-active", 3),
      ],
    },
  }));
  assertEquals(metrics["postcopy.start-to-active-ms"], 250);
  assertEquals(metrics["recovery.resume-to-active-ms"], 300);
});

Deno.test("metricsOfRun() divides what was sent by the time in which the source was sending", () => {
  const source = {
    migration: { status: "completed", "total-time": 9000, ...sentMib(10, 2, 28) } as const,
    statuses: [
      at(0, "setup"),
      at(1_000_000, "active"),
      at(2_000_000, "device"),
      at(2_500_000, "postcopy-active"),
      at(3_000_000, "postcopy-paused"),
      at(7_000_000, "postcopy-recover", 1),
      at(8_000_000, "postcopy-active", 1),
      at(10_000_000, "completed", 1),
    ],
  };
  const metrics = metricsOfRun(recordOf({ source }));
  assertEquals(metrics["ram.throughput-mib-per-s"], 10);
  assertEquals(metrics["total-time-ms"], 9000);
});

Deno.test("metricsOfRun() counts a source that still sends up to the end, without a total time", () => {
  const source = {
    migration: { status: "active", "total-time": 9000, ...sentMib(6, 0, 0) } as const,
    statuses: [at(0, "setup"), at(7_000_000, "active")],
  };
  const metrics = metricsOfRun(recordOf({ source }));
  assertEquals(metrics["ram.throughput-mib-per-s"], 2);
  assertEquals(metrics["total-time-ms"], undefined);
});

Deno.test("metricsOfRun() counts a shim that is early as wrong as one that is late", () => {
  const measurements = { shimConnectErrorsUs: [100, -3000] };
  assertEquals(metricsOfRun(recordOf({ measurements }))["shim.connect-error-p99-ms"], 3);
});
