/**
 * Compares two revisions in real time: runs them in turns on this machine, and looks at the pairs until the comparison has failed, every
 * figure is decided, or the time is up. Interleaved, so that whatever the machine does meanwhile falls on both.
 *
 * @module
 */

import { type CpuTicks, readCpuTicks, stolenShare } from "../../lib/measure/stolen_time.ts";
import type { Metric } from "../../lib/measure/metric.ts";
import { METRICS } from "../../lib/measure/metrics.ts";
import type { ComparedFigure, Comparison, MachineCheck } from "../../lib/report/comparison.ts";
import { describeEnvironment } from "../environment.ts";
import type { Checkouts } from "./checkouts.ts";
import { isUndecided, StatisticalGate, verdictOf } from "./gate.ts";
import { type Look, looksFrom } from "./looks.ts";
import { checkMachine, lookAtMachine, type SeenMachine, unfitFor } from "./machine.ts";
import type { RevisionOptions } from "./options.ts";
import { PairMaker } from "./pair_maker.ts";
import { type Pair, type PairedSeries, pairUp } from "./series.ts";

/** What a comparison tells while it goes on. */
export interface ComparisonListener {
  /** What it does now. */
  doing(what: string): void;
  /** What there is so far. */
  looked(comparison: Comparison): Promise<void>;
}

/** A comparison of two revisions. */
export class RevisionComparison {
  readonly #checkouts: Checkouts;
  readonly #options: RevisionOptions;
  readonly #listener: ComparisonListener;
  readonly #signal: AbortSignal;
  readonly #gate: StatisticalGate;
  readonly #pairs: Pair[] = [];
  readonly #beginMs = performance.now();
  #pairsBeginMs = 0;
  #ticks: CpuTicks | null = null;
  #checks: readonly MachineCheck[] = [];

  constructor(
    checkouts: Checkouts,
    options: RevisionOptions,
    listener: ComparisonListener,
    signal: AbortSignal,
  ) {
    this.#checkouts = checkouts;
    this.#options = options;
    this.#listener = listener;
    this.#signal = signal;
    this.#gate = new StatisticalGate(
      options.failOn,
      ({ metric }) => unfitFor((METRICS[metric] as Metric).unit, this.#checks),
    );
  }

  /** Resolves with what it came to; `null` if it was interrupted. @throws {CompareError} where a revision measures nothing. */
  async run(): Promise<Comparison | null> {
    this.#listener.doing("looking at the machine");
    const machine = await lookAtMachine();
    this.#checks = checkMachine(machine);
    const what = "suite" in this.#options.what
      ? ["--suite", this.#options.what.suite]
      : ["--scenario", this.#options.what.file];
    const run = { what, signal: this.#signal };
    await using maker = await PairMaker.open(this.#checkouts, run);
    // The first run of a checkout compiles it.
    this.#listener.doing("a first pair, which does not count");
    if (await maker.make(0) === null) return null;
    this.#ticks = readCpuTicks();
    this.#pairsBeginMs = performance.now();
    let comparison: Comparison | null = null;
    for (const look of looksFrom(this.#options.rounds)) {
      const isOnTime = await this.#measureUpTo(look, maker);
      if (this.#signal.aborted) return null;
      comparison = this.#look(look, machine, maker.notes);
      await this.#listener.looked(comparison);
      // What failed stays failed: more pairs would only cost time.
      if (!isOnTime || comparison.verdict === "fail" || !isUndecided(comparison.figures)) break;
    }
    return comparison;
  }

  /** Makes pairs up to a look; false if the time was up before. */
  async #measureUpTo({ pairs }: Look, maker: PairMaker): Promise<boolean> {
    while (this.#pairs.length < pairs) {
      const number = this.#pairs.length;
      if (number > 0 && !this.#hasTimeForOneMore(number)) return false;
      this.#listener.doing(`pair ${number + 1} of ${pairs}`);
      const pair = await maker.make(number);
      if (pair === null) return true;
      this.#pairs.push(pair);
    }
    return true;
  }

  #hasTimeForOneMore(pairs: number): boolean {
    const nowMs = performance.now();
    const pairMs = (nowMs - this.#pairsBeginMs) / pairs;
    return nowMs + pairMs - this.#beginMs <= this.#options.maxTimeUs / 1000;
  }

  #look({ level }: Look, machine: SeenMachine, notes: readonly string[]): Comparison {
    const over = stolenShare(this.#ticks, readCpuTicks());
    const stolen = over === null ? machine.stolenShare : Math.max(over, machine.stolenShare ?? 0);
    this.#checks = checkMachine({ ...machine, stolenShare: stolen });
    const paired = pairUp(this.#pairs, "real");
    const all = { ...paired, notes: [...notes, ...paired.notes] };
    return this.#comparisonOf(all, this.#gate.look(paired.series, level));
  }

  #comparisonOf({ lost, notes }: PairedSeries, figures: readonly ComparedFigure[]): Comparison {
    const { base, head, replacedScenarios } = this.#checkouts;
    const { failOn } = this.#options;
    const replaced = replacedScenarios.map((file) =>
      `${file} differs between the two: both have run the head's.`
    );
    return {
      schema: "faultline/comparison/1",
      base: { name: base.name, commit: base.commit },
      head: { name: head.name, commit: head.commit },
      clock: "real",
      environment: describeEnvironment("real"),
      machine: this.#checks,
      pairs: this.#pairs.length,
      failOn,
      figures,
      missing: lost,
      notes: [...replaced, ...notes],
      verdict: verdictOf(figures, lost, failOn),
    };
  }
}
