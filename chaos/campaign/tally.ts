/**
 * What a campaign has seen so far: counts, coverage and everything that did not hold. Reports come in the order of their runs, so that
 * it is the same whatever ran them.
 *
 * @module
 */

import type { ChaosResult } from "../../lib/report/chaos_result.ts";
import { mix32 } from "../../lib/ram/mix32.ts";
import { FAULT_NAMES } from "../faults/fault_table.ts";
import { MARK_NAMES } from "../marks.ts";
import type { OracleName } from "../oracles/oracle_table.ts";
import type { SeedReport } from "./run_seed.ts";

/** An oracle that a run broke, or one that could not say. */
export interface Finding {
  readonly oracle: OracleName | "determinism";
  readonly seed: bigint;
  readonly message: string;
}

/** Counts by name. */
type Counts<Name extends string = string> = Record<Name, number>;

/** A campaign's account. */
export class Tally {
  seeds = 0;
  repeated = 0;
  virtualUs = 0;
  #hash = 0x243f6a88;
  readonly violations: Finding[] = [];
  readonly unknown: Finding[] = [];
  readonly coverage = {
    source: emptyTable(),
    destination: emptyTable(),
    marks: Object.fromEntries(MARK_NAMES.map((mark) => [mark, 0])) as Counts,
  };

  /** Counts a run; `again` is the same seed's second report, where it ran twice. */
  add(report: SeedReport, again: SeedReport | null): void {
    const { seed, violations, unknown, traceHash } = report;
    this.seeds++;
    this.virtualUs += report.virtualUs;
    for (let at = 0; at < traceHash.length; at++) {
      this.#hash = mix32(this.#hash ^ traceHash.charCodeAt(at));
    }
    for (const { oracle, message } of violations) this.violations.push({ oracle, seed, message });
    if (unknown !== null) this.unknown.push({ ...unknown, seed });
    if (again !== null) {
      this.repeated++;
      if (again.traceHash !== traceHash) {
        const message =
          `The run took other steps the second time: ${traceHash}, then ${again.traceHash}`;
        this.violations.push({ oracle: "determinism", seed, message });
      }
    }
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

  #cover({ met, marks }: SeedReport): void {
    const { coverage } = this;
    for (const { fault, source, destination } of met) {
      count(coverage.source[fault]!, source);
      count(coverage.destination[fault]!, destination);
    }
    for (const mark of marks) count(coverage.marks, mark);
  }
}

function emptyTable(): Record<string, Counts> {
  return Object.fromEntries(FAULT_NAMES.map((fault) => [fault, {}]));
}

function count(counts: Counts, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
