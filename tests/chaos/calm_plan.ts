/**
 * A plan without faults that leaves time for them, for tests that add their own.
 *
 * @module
 */

import type { Plan } from "../../chaos/plan.ts";

/** A postcopy with preempt that takes its time: precopy for 20 ms, then some 60 ms in which the guest waits for pages. */
export const CALM: Plan = {
  seed: "1",
  blocks: [{ name: "ram", pages: 96 }],
  guest: {
    vcpus: 2,
    workload: { kind: "uniform" },
    touchesPerSecond: 200,
    writeShare: 0.5,
    fill: "random",
    seed: 7,
  },
  capabilities: ["postcopy-ram", "postcopy-preempt", "return-path"],
  parameters: {
    "max-bandwidth": 5_000_000,
    "max-postcopy-bandwidth": 5_000_000,
    "downtime-limit": 0,
    "x-preempt-connect": "async-at-setup",
  },
  link: { latencyUs: 100, bytesPerSecond: null, bufferBytes: 1 << 20 },
  operator: { postcopyAfterUs: 20_000, reactionUs: 1000, patienceUs: 50_000 },
  faultsUs: 200_000,
  yieldsWhenReady: false,
  faults: [],
};
