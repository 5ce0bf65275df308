/**
 * What a campaign has seen so far: counts, coverage and everything that did not hold. Reports come in the order of their runs, so that
 * it is the same whatever ran them.
 *
 * @module
 */

import type { ChaosResult } from "../../lib/report/chaos_result.ts";
import type { Experiment } from "../experiment.ts";
import { FAULT_NAMES } from "../faults/fault_table.ts";
import { MARK_NAMES } from "../marks.ts";
import type { OracleName } from "../oracles/oracle_table.ts";
import { mixText, type SeedReport } from "./run_seed.ts";

/** An oracle that a run broke, or one that could not say. */
export interface Finding {
  /** Of the table; or that a run is the same every time, and that each of its steps ends. */
  readonly oracle: OracleName | "determinism" | "hang";
  readonly seed: bigint;
  readonly message: string;
}

/** A finding, and what it was found with. */
export interface FirstFailure {
  readonly finding: Finding;
  readonly experiment: Experiment;
}

/** Counts by name. */
type Counts = Record<string, number>;

/** A campaign's account. */
export class Tally {
  seeds = 0;
  /** Runs in all. */
  schedules = 0;
  repeated = 0;
  virtualUs = 0;
  readonly violations: Finding[] = [];
  readonly unknown: Finding[] = [];
  readonly coverage = {
    source: emptyTable(),
    destination: emptyTable(),
    marks: Object.fromEntries(MARK_NAMES.map((mark) => [mark, 0])) as Counts,
  };
  readonly #firstFailures = new Map<string, FirstFailure>();
  #hash = 0x243f6a88;

  /** Counts a seed; `again` is its second report, where it ran twice. */
  add(report: SeedReport, again: SeedReport | null): void {
    const { seed, violations, unknown, traceHash, experiment } = report;
    this.seeds++;
    this.schedules += report.schedules;
    this.virtualUs += report.virtualUs;
    this.#hash = mixText(this.#hash, traceHash);
    const findings = violations.map(({ oracle, message }) => ({ oracle, seed, message }));
    this.violations.push(...findings);
    // What a run breaks besides mostly follows from it.
    const [finding] = findings;
    if (finding !== undefined && experiment !== null && !this.#firstFailures.has(finding.oracle)) {
      this.#firstFailures.set(finding.oracle, { finding, experiment });
    }
    if (unknown !== null) this.unknown.push({ ...unknown, seed });
    if (again !== null) this.#compare(report, again);
    this.#cover(report);
  }

  /** A fingerprint of all runs in their order: 8 hexadecimal digits. */
  get traceHash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, "0");
  }

  get verdict(): ChaosResult["verdict"] {
    if (this.violations.length > 0) return "violated";
    return this.unknown.length > 0 ? "unknown" : "holds";
  }

  /** The first failure of each oracle. */
  firstFailures(): Iterable<FirstFailure> {
    return this.#firstFailures.values();
  }

  #compare({ seed, traceHash }: SeedReport, again: SeedReport): void {
    this.repeated++;
    if (again.traceHash === traceHash) return;
    const message =
      `The run took other steps the second time: ${traceHash}, then ${again.traceHash}`;
    this.violations.push({ oracle: "determinism", seed, message });
  }

  #cover({ cells, marks }: SeedReport): void {
    const { coverage } = this;
    for (const { side, fault, status } of cells) count(coverage[side][fault]!, status);
    for (const mark of marks) count(coverage.marks, mark);
  }
}

function emptyTable(): Record<string, Counts> {
  return Object.fromEntries(FAULT_NAMES.map((fault) => [fault, {}]));
}

function count(counts: Counts, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
