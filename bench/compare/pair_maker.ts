/**
 * Makes pairs: a turn of each revision, one right after the other.
 *
 * Warm processes make a pair in a second instead of six, and what the machine does meanwhile falls on both. But what one process happens to
 * get (where its memory lies, what was compiled when) would be taken for a property of its revision, and the more pairs the surer (T. Kalibera
 * and R. Jones, "Rigorous Benchmarking in Reasonable Time", ISMM 2013). So both are replaced after some pairs.
 *
 * @module
 */

import type { Checkout, Checkouts } from "./checkouts.ts";
import { ColdRevision } from "./cold_revision.ts";
import { baseGoesFirst } from "./looks.ts";
import type { RevisionRun, RunningRevision } from "./running_revision.ts";
import type { Pair } from "./series.ts";
import { TURNS_PROCESS, WarmRevision } from "./warm_revision.ts";

/** Pairs of the same two processes: whole rounds of ABBA BAAB. */
export const PAIRS_PER_PROCESS = 8;

/** Makes the pairs of a comparison. Dispose of it: that ends the processes. */
export class PairMaker implements AsyncDisposable {
  readonly #checkouts: Checkouts;
  readonly #run: RevisionRun;
  readonly #isWarm: boolean;
  #running: { readonly base: RunningRevision; readonly head: RunningRevision } | null = null;

  private constructor(checkouts: Checkouts, run: RevisionRun, isWarm: boolean) {
    this.#checkouts = checkouts;
    this.#run = run;
    this.#isWarm = isWarm;
  }

  /** Where one of them has no turns neither takes any: they have to be run alike. */
  static async open(checkouts: Checkouts, run: RevisionRun): Promise<PairMaker> {
    const { base, head } = checkouts;
    return new PairMaker(checkouts, run, await hasTurns(base) && await hasTurns(head));
  }

  /** What whoever waits has to know. */
  get notes(): readonly string[] {
    return this.#isWarm ? [] : [
      "One of the two is older than turns of warm engines: each turn was a process, which takes four times as long.",
    ];
  }

  /** The pair of this number, from 0, its turns in the order that the number says; `null` if it was interrupted. */
  async make(number: number): Promise<Pair | null> {
    if (this.#isWarm && number % PAIRS_PER_PROCESS === 0) await this[Symbol.asyncDispose]();
    const running = this.#running ??= await this.#start();
    const turn = { seed: number + 1 };
    const order = baseGoesFirst(number) ? ["base", "head"] as const : ["head", "base"] as const;
    const runs: Partial<Record<"base" | "head", Pair["base"]>> = {};
    for (const side of order) {
      const made = await running[side].turn(turn);
      if (made === null) return null;
      runs[side] = made;
    }
    return { base: runs.base!, head: runs.head! };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const running = this.#running;
    this.#running = null;
    await running?.base[Symbol.asyncDispose]();
    await running?.head[Symbol.asyncDispose]();
  }

  /** Both at once: what a start takes is not measured. */
  async #start(): Promise<{ base: RunningRevision; head: RunningRevision }> {
    const { base, head } = this.#checkouts;
    if (!this.#isWarm) {
      return { base: new ColdRevision(base, this.#run), head: new ColdRevision(head, this.#run) };
    }
    const starts = [base, head].map((checkout) => WarmRevision.start(checkout, this.#run));
    const [one, other] = await Promise.allSettled(starts);
    if (one!.status === "fulfilled" && other!.status === "fulfilled") {
      return { base: one!.value, head: other!.value };
    }
    for (const start of [one!, other!]) {
      if (start.status === "fulfilled") await start.value[Symbol.asyncDispose]();
    }
    throw one!.status === "rejected" ? one!.reason : (other as PromiseRejectedResult).reason;
  }
}

async function hasTurns({ folder }: Checkout): Promise<boolean> {
  try {
    return (await Deno.stat(`${folder}/${TURNS_PROCESS}`)).isFile;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return false;
  }
}
