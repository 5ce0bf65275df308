/**
 * Results of chaos as they may come out, for tests of what is made of them.
 *
 * @module
 */

import type { ChaosResult } from "../../lib/report/chaos_result.ts";
import { EVIL } from "./results.ts";

/** A campaign in which an oracle did not hold, twice; the first time it was explained. */
export const VIOLATED: ChaosResult = {
  schema: "faultline/chaos/1",
  commit: "0123456789abcdef0123456789abcdef01234567",
  code: "0123456789abcdef",
  environment: { cpus: 2, jobs: 2 },
  baseSeed: "17",
  strategy: "mixed",
  seconds: 10,
  seeds: 400,
  schedules: 400,
  traceHash: "01234567",
  repeated: 20,
  seedsPerSecond: 40,
  virtualSecondsPerSecond: 30,
  violations: [
    {
      oracle: "one-guest",
      seed: "3",
      message: `The guest ${EVIL} at 1.000 ms`,
      repro: `/tmp/${EVIL}.json`,
      shrunk: {
        faults: 1,
        otherChoices: 0,
        tries: 40,
        seconds: 1,
        minimal: true,
        sequence: {
          faults: [`operator-cancels ${EVIL}`],
          leftOut: 3,
          steps: [
            { atUs: 100, from: "operator", to: "source", kind: "command", text: `migrate ${EVIL}` },
            { atUs: 200, from: "source", to: "source", kind: "status", text: "setup" },
            {
              atUs: 300,
              from: "source",
              to: "destination",
              kind: "channel",
              text: "main: connected",
            },
            { atUs: 400, from: "faults", to: "faults", kind: "strike", text: "operator-cancels" },
            { atUs: 500, from: "operator", to: "third", kind: "note", text: "everything heals" },
          ],
        },
      },
    },
    { oracle: "one-guest", seed: "9", message: "The same", repro: null, shrunk: null },
  ],
  unknown: [],
  coverage: {
    source: { "connect-hang": { none: 0, active: 12 }, "cut": {} },
    destination: { "connect-hang": { active: 7 }, "cut": {} },
    marks: { "request-again": 0, "second-recovery": 4 },
  },
  meanings: {
    oracles: { "one-guest": `never two ${EVIL}`, "requests": "every one is answered" },
    faults: { "connect-hang": "gets no answer", "cut": "cuts" },
    marks: { "request-again": "a request was sent again", "second-recovery": "twice" },
    statuses: { source: ["none", "active"], destination: ["none", "active"] },
    unreachable: [["source", "connect-hang", "none", "it cannot be"]],
  },
  verdict: "violated",
};
