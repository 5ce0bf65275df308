/**
 * A revision from before there were turns, by the command line that every one has: a process for each turn. That takes four times as long,
 * and what one run of a process happens to get falls on a single pair.
 *
 * @module
 */

import { parseResult, type RunResult } from "../../lib/report/result.ts";
import { interruptProcess } from "../interrupt_process.ts";
import { PERMISSIONS } from "../run_isolated.ts";
import type { Checkout } from "./checkouts.ts";
import { CompareError } from "./compare_error.ts";
import type { RevisionRun, RunningRevision } from "./running_revision.ts";
import { condense, keepShown } from "./series.ts";
import type { Turn } from "./turns_process.ts";

/** Runs of each arm in one process: its figure is their median, so that one that was disturbed does not count. */
const RUNS = 3;

/** The bench's exit codes after which there is a result: all held, a threshold did not, too noisy to say. */
const MEASURED = [0, 1, 3];

/** Runs the bench of a checkout for each turn. */
export class ColdRevision implements RunningRevision {
  readonly #checkout: Checkout;
  readonly #run: RevisionRun;

  constructor(checkout: Checkout, run: RevisionRun) {
    this.#checkout = checkout;
    this.#run = run;
  }

  async turn({ seed }: Turn): Promise<readonly RunResult[] | null> {
    const { what, signal } = this.#run;
    if (signal.aborted) return null;
    const json = `${this.#checkout.folder}.json`;
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", ...PERMISSIONS, "main.ts", "bench", "--quiet", "--no-floors"],
        ...[...what, "--runs", String(RUNS), "--seed", String(seed), "--json", json],
      ],
      cwd: this.#checkout.folder,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const interrupt = () => interruptProcess(child);
    signal.addEventListener("abort", interrupt);
    try {
      const { code, stdout, stderr } = await child.output();
      if (signal.aborted) return null;
      if (!MEASURED.includes(code)) throw this.#wrong(code, [stdout, stderr]);
      const { runs, scenarios = [] } = parseResult(await Deno.readTextFile(json), json);
      const shown = new Map(scenarios.map(({ name, show }) => [name, show]));
      return condense(runs).map((run) => keepShown(run, shown.get(run.scenario)));
    } finally {
      signal.removeEventListener("abort", interrupt);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #wrong(code: number, outputs: readonly Uint8Array[]): CompareError {
    const { name, commit } = this.#checkout;
    const said = outputs.map((bytes) => new TextDecoder().decode(bytes)).join("").trim();
    return new CompareError(
      `Cannot compare: the bench of ${name} (${
        commit.slice(0, 12)
      }) ended with exit code ${code} ` +
        `and measured nothing:\n${said}`,
    );
  }
}
