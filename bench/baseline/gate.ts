/**
 * The gate in virtual time: reads what was accepted, compares, and writes what is accepted now.
 *
 * @module
 */

import type { Colors } from "../../lib/report/colors.ts";
import type { Result } from "../../lib/report/result.ts";
import { isSuiteName, type SuiteName, SUITES } from "../suites.ts";
import type { Judgement } from "../threshold.ts";
import {
  type Baseline,
  EMPTY_BASELINE,
  formatBaseline,
  gatedPartOf,
  parseBaseline,
} from "./baseline.ts";
import { compareWithBaseline } from "./compare_with_baseline.ts";
import { explainDifferences, judgeDifferences, renderDifferences } from "./render_differences.ts";

/** What a suite came to against its baseline. */
export interface GateReport {
  /** For the terminal. */
  readonly text: string;
  readonly judgements: readonly Judgement[];
}

/** The file that the repository keeps. */
const COMMITTED = new URL("../baseline.json", import.meta.url).pathname;

/** A suite and what was accepted of it. */
export class BaselineGate {
  readonly #file: string;
  readonly #suite: SuiteName;
  readonly #baseline: Baseline;

  private constructor(file: string, suite: SuiteName, baseline: Baseline) {
    this.#file = file;
    this.#suite = suite;
    this.#baseline = baseline;
  }

  /**
   * Reads what was accepted: nothing, where there is no file.
   *
   * @param file `null`: the committed one.
   * @throws {ResultError} of a file that is something else.
   */
  static async open(file: string | null, suite: SuiteName): Promise<BaselineGate> {
    const path = file ?? COMMITTED;
    return new BaselineGate(path, suite, await readBaseline(path));
  }

  /** Compares a result of the suite with what was accepted. */
  check(result: Pick<Result, "runs" | "environment">, colors: Colors): GateReport {
    const { suites } = this.#baseline;
    const accepted = suites[this.#suite];
    const comparison = compareWithBaseline(accepted?.runs ?? [], result.runs);
    const vanished = Object.keys(suites).filter((name) => !isSuiteName(name));
    const text = [
      ...accepted === undefined ? [] : explainDifferences(accepted, result.environment),
      renderDifferences(comparison, colors),
      ...vanished.map((name) => `The suite ${name} vanished.`),
    ];
    const judgements = [...judgeDifferences(comparison), ...vanished.map(judgeVanished)];
    return { text: text.join("\n"), judgements };
  }

  /** Writes a result's figures as the accepted ones. Other suites stay, but for those that are no more. */
  async accept({ commit, environment, seed, runs }: Result, reason: string): Promise<void> {
    const accepted = { reason, commit, date: new Date().toISOString().slice(0, 10) };
    const suite = { accepted, environment, seed, runs: runs.map(gatedPartOf) };
    const suites = { ...this.#baseline.suites, [this.#suite]: suite };
    const known = Object.keys(SUITES).flatMap((name) =>
      suites[name] === undefined ? [] : [[name, suites[name]]]
    );
    const baseline = { ...this.#baseline, suites: Object.fromEntries(known) };
    await Deno.writeTextFile(this.#file, formatBaseline(baseline));
  }
}

async function readBaseline(file: string): Promise<Baseline> {
  try {
    return parseBaseline(await Deno.readTextFile(file), file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return EMPTY_BASELINE;
    throw error;
  }
}

function judgeVanished(suite: string): Judgement {
  return {
    expression: `the suite ${suite} of the baseline is there`,
    value: null,
    limit: null,
    verdict: "fail",
    reason: "it vanished",
  };
}
