/**
 * A campaign: seeds, one after the other, on any number of Workers; then the failures, one of each oracle, are explained.
 *
 * The hard thing is that the number of Workers may change nothing but the time. So a run depends on its seed alone, reports are counted
 * in the order of the runs, and where a campaign ends early it ends behind the same run.
 *
 * @module
 */

import { WorkerClient } from "../../lib/worker/worker_client.ts";
import { ORACLE_NAMES } from "../oracles/oracle_table.ts";
import { seedOfRun } from "../seed.ts";
import type { CampaignReply, CampaignRequest } from "./campaign_worker.ts";
import type { Failure } from "./explain.ts";
import { Pulse } from "./pulse.ts";
import type { CampaignStrategy, SearchBounds, SeedReport } from "./run_seed.ts";
import { type Finding, Tally } from "./tally.ts";

/** What a campaign is made of. */
export interface CampaignOptions {
  readonly baseSeed: bigint;
  /** How many seeds; `Infinity`: until the time is over. */
  readonly seeds: number;
  /** For how long new runs are begun. */
  readonly seconds: number;
  /** One part of so many; counted from 0. */
  readonly shard: { readonly index: number; readonly count: number };
  readonly jobs: number;
  readonly strategy: CampaignStrategy;
  readonly bounds: SearchBounds;
  /** It ends behind the run that breaks an oracle for the so-many-th time. */
  readonly violationsMax: number;
  /** A Worker that begins no run for so long hangs: steps bound a run to some seconds, but not what never comes back from one step. */
  readonly hangSeconds: number;
  /** Ends it where it is. */
  readonly signal: AbortSignal;
  /** Called when something was counted. */
  onProgress(tally: Tally): void;
  /** Called when a failure was explained. */
  onFailure(finding: Finding, failure: Failure): Promise<void>;
}

/** What came of a campaign. */
export interface CampaignOutcome {
  readonly tally: Tally;
  /** Until the last run. */
  readonly seconds: number;
}

/** A bug in chaos itself, met by a run. */
export class CampaignError extends Error {
  override readonly name = "CampaignError";
  /** The run's. */
  readonly seed: bigint;

  constructor(seed: bigint, message: string) {
    super(message);
    this.seed = seed;
  }
}

/** Seeds that are sent to a Worker at once: some tenths of a second. */
const BATCH = 16;

/** For how long a failure may be explained: some runs longer than it is shrunk for. */
const EXPLAIN_SECONDS = 60;

/** One seed of so many is run twice. */
const REPEAT_EVERY = 20;

/**
 * Runs a campaign.
 *
 * @throws {CampaignError} when chaos itself failed.
 */
export async function runCampaign(options: CampaignOptions): Promise<CampaignOutcome> {
  using campaign = new Campaign(options);
  await campaign.run();
  const seconds = campaign.seconds;
  await campaign.explain();
  return { tally: campaign.tally, seconds };
}

type CampaignClient = WorkerClient<CampaignRequest, CampaignReply>;

class Campaign implements Disposable {
  readonly tally = new Tally();
  readonly #options: CampaignOptions;
  readonly #workers: readonly CampaignClient[];
  readonly #aborted: Promise<null>;
  readonly #beginMs = performance.now();
  /** Batches that ran, but wait for one before them. */
  readonly #waiting = new Map<number, readonly SeedReport[]>();
  /** Of the next batch to be sent, and to be counted. */
  #nextSent = 0;
  #nextCounted = 0;
  #isOver = false;

  constructor(options: CampaignOptions) {
    this.#options = options;
    const { jobs, signal } = options;
    this.#workers = Array.from({ length: jobs }, startWorker);
    this.#aborted = new Promise<null>((resolve) => {
      if (signal.aborted) resolve(null);
      signal.addEventListener("abort", () => resolve(null), { once: true });
    });
  }

  /** Since the beginning. */
  get seconds(): number {
    return (performance.now() - this.#beginMs) / 1000;
  }

  /** Has every Worker run batch by batch. */
  async run(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => this.#runBatches(worker)));
  }

  /** Has the Workers explain the first failure of each oracle. */
  async explain(): Promise<void> {
    const open = [...this.tally.firstFailures()];
    await Promise.all(this.#workers.map(async (worker) => {
      for (let one = open.shift(); one !== undefined; one = open.shift()) {
        const { finding, experiment } = one;
        const oracle = ORACLE_NAMES.find((name) => name === finding.oracle);
        if (oracle === undefined) continue;
        const request = { kind: "explain", found: experiment, oracle } as const;
        const reply = await this.#ask(worker, request, new Pulse(), EXPLAIN_SECONDS);
        if (reply?.kind === "explained") await this.#options.onFailure(finding, reply.failure);
        if (reply === null) return;
      }
    }));
  }

  /** Workers open nothing that would have to be put away. */
  [Symbol.dispose](): void {
    for (const worker of this.#workers) worker.terminate();
  }

  async #runBatches(worker: CampaignClient): Promise<void> {
    const { strategy, bounds, hangSeconds, signal } = this.#options;
    const pulse = new Pulse();
    const shared = { strategy, bounds, pulse: pulse.shared };
    for (let batch = this.#take(); batch !== null; batch = this.#take()) {
      const request = { kind: "run", seeds: batch.seeds, ...shared } as const;
      const reply = await this.#ask(worker, request, pulse, hangSeconds);
      if (reply?.kind === "mistake") throw new CampaignError(reply.seed, reply.message);
      if (reply?.kind === "ran") this.#deliver(batch.number, reply.reports);
      if (reply === null && !signal.aborted) return this.#hangs(batch.seeds[pulse.seedIndex]!);
    }
  }

  /** Asks a Worker; `null`: the campaign was ended meanwhile, or the Worker has stopped for good. */
  async #ask(
    worker: CampaignClient,
    request: CampaignRequest,
    pulse: Pulse,
    seconds: number,
  ): Promise<CampaignReply | null> {
    if (this.#options.signal.aborted) return null;
    const watch = new AbortController();
    try {
      const silence = pulse.silence(seconds, watch.signal);
      return await Promise.race([worker.ask(request), this.#aborted, silence]);
    } finally {
      watch.abort();
    }
  }

  /** The campaign ends: what the Worker still had to run is lost. */
  #hangs(seed: bigint): void {
    this.#isOver = true;
    const message =
      `The run takes one step without an end: nothing for ${this.#options.hangSeconds} s`;
    this.tally.violations.push({ oracle: "hang", seed, message });
  }

  /** The next batch; `null`: there is none. A seed that is run twice is in it twice. */
  #take(): { readonly number: number; readonly seeds: readonly bigint[] } | null {
    const { baseSeed, seeds, seconds, signal, shard, strategy } = this.#options;
    const length = strategy === "exhaustive" ? 1 : BATCH;
    const first = this.#nextSent * length;
    if (this.#isOver || this.seconds >= seconds || signal.aborted || first >= seeds) return null;
    const batch: bigint[] = [];
    for (let run = first; run < Math.min(first + length, seeds); run++) {
      const seed = seedOfRun(baseSeed, run * shard.count + shard.index);
      batch.push(seed);
      if (run % REPEAT_EVERY === 0) batch.push(seed);
    }
    return { number: this.#nextSent++, seeds: batch };
  }

  #deliver(number: number, reports: readonly SeedReport[]): void {
    this.#waiting.set(number, reports);
    for (let next = this.#waiting.get(this.#nextCounted); next !== undefined;) {
      this.#waiting.delete(this.#nextCounted);
      this.#count(next);
      next = this.#waiting.get(++this.#nextCounted);
    }
    this.#options.onProgress(this.tally);
  }

  #count(reports: readonly SeedReport[]): void {
    for (let index = 0; index < reports.length && !this.#isOver; index++) {
      const report = reports[index]!;
      const again = reports[index + 1]?.seed === report.seed ? reports[++index]! : null;
      this.tally.add(report, again);
      this.#isOver = this.tally.violations.length >= this.#options.violationsMax;
    }
  }
}

function startWorker(): CampaignClient {
  return new WorkerClient<CampaignRequest, CampaignReply>(
    new URL("./campaign_worker.ts", import.meta.url),
    { name: "campaign", last: { kind: "end" }, permissions: "none" },
  );
}
