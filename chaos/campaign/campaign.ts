/**
 * A campaign: seeds, one after the other, on any number of Workers.
 *
 * The hard thing is that the number of Workers may change nothing but the time. So a run depends on its seed alone, reports are counted
 * in the order of the runs, and where a campaign ends early it ends behind the same run.
 *
 * @module
 */

import { WorkerClient } from "../../lib/worker/worker_client.ts";
import type { Strategy } from "../schedule.ts";
import { seedOfRun } from "../seed.ts";
import type { CampaignReply, CampaignRequest } from "./campaign_worker.ts";
import type { SeedReport } from "./run_seed.ts";
import { Tally } from "./tally.ts";

/** What a campaign is made of. */
export interface CampaignOptions {
  readonly baseSeed: bigint;
  /** How many runs; `Infinity`: until the time is over. */
  readonly seeds: number;
  /** For how long new runs are begun. */
  readonly seconds: number;
  readonly jobs: number;
  readonly strategy: Strategy;
  /** It ends behind the run that breaks an oracle for the so-many-th time. */
  readonly violationsMax: number;
  /** Ends it where it is. */
  readonly signal: AbortSignal;
  /** Called when something was counted. */
  onProgress(tally: Tally): void;
}

/** A bug in chaos itself met by a run. */
export class CampaignError extends Error {
  override readonly name = "CampaignError";
  /** The run's. */
  readonly seed: bigint;

  constructor(seed: bigint, message: string) {
    super(message);
    this.seed = seed;
  }
}

/** Runs that are sent to a Worker at once: some tenths of a second. */
const BATCH = 16;

/** One run of so many is made twice. */
const REPEAT_EVERY = 20;

/**
 * Runs a campaign.
 *
 * @throws {CampaignError} when chaos itself failed.
 */
export async function runCampaign(options: CampaignOptions): Promise<Tally> {
  using campaign = new Campaign(options);
  await Promise.all(Array.from({ length: options.jobs }, () => campaign.work()));
  return campaign.tally;
}

class Campaign implements Disposable {
  readonly tally = new Tally();
  readonly #workers: WorkerClient<CampaignRequest, CampaignReply>[] = [];
  readonly #options: CampaignOptions;
  readonly #endMs: number;
  /** Batches that ran, but wait for one before them. */
  readonly #waiting = new Map<number, readonly SeedReport[]>();
  /** Of the next batch to be sent, and to be counted. */
  #nextSent = 0;
  #nextCounted = 0;
  #isOver = false;

  constructor(options: CampaignOptions) {
    this.#options = options;
    this.#endMs = performance.now() + options.seconds * 1000;
  }

  /** Has one Worker run batch by batch. */
  async work(): Promise<void> {
    const { signal, strategy } = this.#options;
    const worker = new WorkerClient<CampaignRequest, CampaignReply>(
      new URL("./campaign_worker.ts", import.meta.url),
      { name: "campaign", last: { kind: "end" }, permissions: "none" },
    );
    this.#workers.push(worker);
    const aborted = new Promise<null>((resolve) => {
      if (signal.aborted) resolve(null);
      signal.addEventListener("abort", () => resolve(null), { once: true });
    });
    for (let batch = this.#take(); batch !== null; batch = this.#take()) {
      const reply = await Promise.race([
        worker.ask({ kind: "run", seeds: batch.seeds, strategy }),
        aborted,
      ]);
      if (reply === null) return;
      if (reply.kind === "mistake") throw new CampaignError(reply.seed, reply.message);
      if (reply.kind === "ran") this.#deliver(batch.number, reply.reports);
    }
  }

  /** Workers open nothing that would have to be put away. */
  [Symbol.dispose](): void {
    for (const worker of this.#workers) worker.terminate();
  }

  /** The next batch; `null`: there is none. A run that is made twice has its seed in it twice. */
  #take(): { readonly number: number; readonly seeds: readonly bigint[] } | null {
    const { baseSeed, seeds, signal } = this.#options;
    const isLate = performance.now() >= this.#endMs;
    const first = this.#nextSent * BATCH;
    if (this.#isOver || isLate || signal.aborted || first >= seeds) return null;
    const batch: bigint[] = [];
    for (let run = first; run < Math.min(first + BATCH, seeds); run++) {
      const seed = seedOfRun(baseSeed, run);
      batch.push(seed);
      if (isRepeated(run)) batch.push(seed);
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

function isRepeated(run: number): boolean {
  return run % REPEAT_EVERY === 0;
}
