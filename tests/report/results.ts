/**
 * Results as they may come out, for tests of what is made of them.
 *
 * @module
 */

import type { Result, RunResult } from "../../lib/report/result.ts";
import { REQUEST_POINTS, type RunDetails } from "../../lib/report/run_details.ts";

/** A text that breaks whatever does not escape it. */
export const EVIL = `<img src=x onerror="alert(1)">'&]]>%|*_\`</script><!--`;

/** Details with so many page requests, the last one slow. */
export function detailsOf(requests: number): RunDetails {
  const indices = Array.from({ length: requests }, (_, index) => index);
  const latencyOf = (index: number) => index === requests - 1 ? 900_000 : 100 + index % 97;
  const points = Object.fromEntries(
    REQUEST_POINTS.map((point, place) => [
      point,
      indices.map((index) =>
        point === "request-sent-again" ? null : Math.round(latencyOf(index) * (place + 1) / 7)
      ),
    ]),
  ) as unknown as RunDetails["requests"]["points"];
  const side = {
    statuses: [
      { fromUs: 0, status: "active", phase: 0 },
      { fromUs: 20_000, status: "postcopy-active", phase: 0 },
    ],
    stalls: { total: 1, longest: [[5000, 12_000, 3000]] },
    silences: { total: 1, longest: [[6000, 11_000, null]] },
  } as const;
  return {
    seed: 1,
    shim: ["preempt: connect delay 250ms"],
    beginUs: -100,
    endUs: 2_000_000,
    sides: { source: side, destination: side },
    idle: { total: 0, longest: [] },
    guest: [{ fromUs: -100, on: "source" }, { fromUs: 20_000, on: "none" }, {
      fromUs: 22_000,
      on: "destination",
    }],
    commands: [{ atUs: 0, on: "source", name: "migrate" }],
    connects: [{ role: "preempt", phase: 0, beginUs: 100, endUs: 250_100, failure: null }],
    closed: [{ atUs: 900_000, on: "source", role: "preempt", reason: EVIL }],
    requests: {
      total: requests,
      incomplete: 0,
      kept: "all",
      page: indices,
      vcpu: indices.map((index) => index % 2),
      atUs: indices.map((index) => 22_000 + Math.floor(index * 1e6 / Math.max(1, requests))),
      latencyUs: indices.map(latencyOf),
      blameUs: indices.map((index) => Math.floor(latencyOf(index) / 3)),
      servedBy: indices.map((index) => index % 5 === 0 ? "background" : "request"),
      channel: indices.map((index) => index % 5 === 0 ? "main" : "preempt"),
      points,
    },
    quantiles: requests === 0 ? [] : [[0, 100], [0.5, 140], [0.9, 190], [0.99, 196], [1, 900_000]],
    anatomy: requests === 0 ? [] : [{
      of: "all requests",
      count: requests,
      latencyUs: 300,
      parts: [
        { from: "faulted", to: "request-sent", us: 100 },
        { from: "request-sent", to: "vcpu-runs", us: 200 },
      ],
      blame: { awaitingChannelUs: 0, inChannelUs: 60, shimUs: 30 },
    }],
  };
}

/** A run of the scenario that `resultOf` describes. */
export function runWith(parts: Partial<RunResult> = {}): RunResult {
  return {
    scenario: EVIL,
    arm: { policy: "blocking", delay: 250 },
    metrics: {
      "source.main-loop.longest-stall-ms": 12,
      "source.qmp.longest-silence-ms": 11,
      "floor.idle-loop.longest-stall-ms": 4,
      "downtime-ms": 2,
    },
    outcome: {
      source: "completed",
      destination: "completed",
      ram: "identical",
      guest: "destination",
    },
    details: detailsOf(50),
    ...parts,
  };
}

/** A result of these runs, with a threshold of each verdict. */
export function resultOf(runs: readonly RunResult[], parts: Partial<Result> = {}): Result {
  return {
    schema: "faultline/result/1",
    commit: "0123456789abcdef0123456789abcdef01234567",
    environment: { os: EVIL, cpus: 2 },
    clock: "real",
    seed: 1,
    scenarios: [{
      name: EVIL,
      question: `Why ${EVIL}?`,
      file: `bench/scenarios/${EVIL}.yaml`,
      show: ["source.main-loop.longest-stall-ms", "downtime-ms"],
      meaning: `So much: ${EVIL}`,
    }],
    runs,
    thresholds: [
      { expression: "downtime-ms[scenario=a] < 4", value: 2, limit: 4, verdict: "pass" },
      { expression: `downtime-ms[scenario=${EVIL}] < 1`, value: 2, limit: 1, verdict: "fail" },
      { expression: "total-time-ms < 1", value: null, limit: 1, verdict: "fail" },
      { expression: "setup-time-ms > 3", value: 2.9, limit: 3, verdict: "inconclusive" },
    ],
    verdict: "fail",
    ...parts,
  };
}
