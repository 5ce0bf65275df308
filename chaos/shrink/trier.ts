/**
 * Tries candidates of a shrinking: whether one still breaks the same oracle. Bounded in time, and none is tried twice.
 *
 * @module
 */

import type { Experiment } from "../experiment.ts";

/** What candidates are tried with. */
export interface TrierOptions {
  /** Whether an experiment breaks the oracle that is shrunk for. */
  breaks(experiment: Experiment): Promise<boolean>;
  /** Whether there is time for another try. */
  mayTry(): boolean;
}

/** Tries candidates. */
export class Trier {
  readonly #options: TrierOptions;
  readonly #known = new Map<string, boolean>();
  #tries = 0;
  #ranOut = false;

  constructor(options: TrierOptions) {
    this.#options = options;
  }

  /** Runs that were made. */
  get tries(): number {
    return this.#tries;
  }

  /** Whether a candidate was not tried because the time was over: nobody knows what it would have done. */
  get ranOut(): boolean {
    return this.#ranOut;
  }

  /** Whether `candidate` breaks the oracle; `false` once the time is over. */
  async breaks(candidate: Experiment): Promise<boolean> {
    const key = JSON.stringify(candidate);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (!this.#options.mayTry()) {
      this.#ranOut = true;
      return false;
    }
    this.#tries++;
    const breaks = await this.#options.breaks(candidate);
    this.#known.set(key, breaks);
    return breaks;
  }

  /** The first of `candidates` that breaks the oracle; `null`: none does. */
  async first(candidates: Iterable<Experiment>): Promise<Experiment | null> {
    for (const candidate of candidates) {
      if (await this.breaks(candidate)) return candidate;
    }
    return null;
  }
}
