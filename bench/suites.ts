/**
 * The suites: which scenario files belong together, in the order in which they run.
 *
 * @module
 */

import { loadScenario } from "./load_scenario.ts";
import type { Scenario } from "./scenario.ts";

/** A suite. */
interface Suite {
  /** What it is for, in a sentence. */
  readonly about: string;
  /** Names of files in `scenarios/`, without their ending. */
  readonly scenarios: readonly string[];
}

/** Every suite by its name. */
export const SUITES = {
  "preempt": {
    about: "what the preempt channel's connect costs, and what the channel is good for",
    scenarios: [
      "preempt_connect_start",
      "preempt_connect_recovery",
      "page_latency",
      "connect_refused_start",
      "connect_refused_recovery",
      "loop_under_load",
    ],
  },
  "capacity": {
    about: "how near throughput and page requests come to the raw limits, and what a run takes",
    scenarios: ["capacity", "page_request_background", "page_request_stream"],
  },
  "compare": {
    about: "what deno task compare runs: short, and little noise",
    scenarios: ["compare_pages", "compare_stream", "compare_loop"],
  },
  "interop": {
    about: "whether two engines understand each other; its one scenario is made for them",
    scenarios: [],
  },
  "qemu": {
    about: "every QEMU named by --qemu, and our engine beside them in the same run",
    scenarios: ["qemu"],
  },
} as const satisfies Record<string, Suite>;

/** The name of a suite. */
export type SuiteName = keyof typeof SUITES;

/** Whether there is a suite of this name. */
export function isSuiteName(name: string): name is SuiteName {
  return Object.hasOwn(SUITES, name);
}

/** Reads a suite's scenarios. */
export async function loadSuite(name: SuiteName): Promise<Scenario[]> {
  const scenarios: Scenario[] = [];
  for (const file of SUITES[name].scenarios) {
    scenarios.push(await loadScenario(`${import.meta.dirname}/scenarios/${file}.yaml`));
  }
  return scenarios;
}

/** All suites with their scenarios and what these answer, as text. */
export async function describeSuites(): Promise<string> {
  const parts: string[] = [];
  for (const name of Object.keys(SUITES).filter(isSuiteName)) {
    const scenarios = await loadSuite(name);
    parts.push(`${name}: ${SUITES[name].about}`);
    for (const { name, question, arms } of scenarios) {
      parts.push(`  ${name} (${arms.length} arms)`, `      ${question}`);
    }
  }
  return parts.join("\n");
}
