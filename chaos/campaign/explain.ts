/**
 * Explains a failure: shrinks it, and tells what happens around the moment at which it shows.
 *
 * @module
 */

import type { Sequence } from "../../lib/report/chaos_sequence.ts";
import { type Experiment, runExperiment } from "../experiment.ts";
import { judge } from "../judge.ts";
import type { OracleName } from "../oracles/oracle_table.ts";
import { renderTimeline } from "../render_timeline.ts";
import { sequenceOf } from "../sequence.ts";
import { breaksOracle, shrink, type Shrunk } from "../shrink/shrink.ts";

/** A failure, in full. It can be sent from a Worker. */
export interface Failure extends Omit<Shrunk, "experiment"> {
  readonly oracle: OracleName;
  readonly found: Experiment;
  readonly shrunk: Experiment;
  /** What the oracle says of the shrunk run. */
  readonly message: string;
  readonly traceHash: string;
  /** What happens in the shrunk run, around the failure. */
  readonly timeline: string;
  /** The same as data. */
  readonly sequence: Sequence;
  readonly seconds: number;
}

/** For how long a failure is shrunk. */
const SECONDS = 9;

/** Lines of a timeline on both sides of the failure. */
const LINES_AROUND = 30;

/** Explains why `found` breaks `oracle`. */
export async function explain(found: Experiment, oracle: OracleName): Promise<Failure> {
  const beginMs = performance.now();
  const seconds = () => (performance.now() - beginMs) / 1000;
  const { experiment, ...shrunk } = await shrink(found, {
    breaks: (candidate) => breaksOracle(candidate, oracle),
    hasTime: (share) => seconds() < share * SECONDS,
  });
  const history = await runExperiment(experiment);
  const verdict = judge(history);
  const violations = verdict.kind === "violated" ? verdict.violations : [];
  const message = violations.find((one) => one.oracle === oracle)?.message ?? "";
  return {
    oracle,
    found,
    shrunk: experiment,
    message,
    traceHash: history.traceHash,
    timeline: around(renderTimeline(history), momentIn(message)),
    sequence: sequenceOf(history, momentIn(message) * 1000),
    seconds: seconds(),
    ...shrunk,
  };
}

/** The moment that an oracle's sentence names, in milliseconds; the end where it names none. */
function momentIn(message: string): number {
  const times = [...message.matchAll(/at ([0-9.]+) ms/g)].map(([, ms]) => Number(ms));
  return times.length === 0 ? Infinity : Math.max(...times);
}

/** The lines of a timeline around a moment, and how many were left out. */
function around(timeline: string, momentMs: number): string {
  const lines = timeline.split("\n");
  const found = lines.findIndex((line) => Number.parseFloat(line) >= momentMs);
  const at = found === -1 ? lines.length : found;
  const [from, to] = [Math.max(0, at - LINES_AROUND), at + LINES_AROUND];
  const leftOut = (count: number) => count > 0 ? [`${" ".repeat(14)}... ${count} lines`] : [];
  return [...leftOut(from), ...lines.slice(from, to), ...leftOut(lines.length - to)].join("\n");
}
