/**
 * Runs the bench of a checkout once, as a process of its own, by the command line that every revision has. A process for each run is on
 * purpose: what one process happens to get (where its memory lies, what was compiled when) would otherwise be taken for a property of its
 * revision, and the more pairs the surer (T. Kalibera and R. Jones, "Rigorous Benchmarking in Reasonable Time", ISMM 2013).
 *
 * @module
 */

import { parseResult, type Result } from "../../lib/report/result.ts";
import { interruptProcess } from "../interrupt_process.ts";
import { PERMISSIONS } from "../run_isolated.ts";
import type { Checkout } from "./checkouts.ts";
import { CompareError } from "./compare_error.ts";

/** What is run of a revision. */
export interface RevisionRun {
  readonly checkout: Checkout;
  /** Options that say what is to be run: `--suite NAME`, or `--scenario FILE`. */
  readonly what: readonly string[];
  readonly seed: number;
  /** Ends the run. */
  readonly signal: AbortSignal;
}

/** Runs of each arm in one process: its figure is their median, so that one that was disturbed does not count. */
const RUNS = 3;

/** The bench's exit codes after which there is a result: all held, a threshold did not, too noisy to say. */
const MEASURED = [0, 1, 3];

/**
 * Runs it; `null` if the signal ended it.
 *
 * @throws {CompareError} with what the bench printed, where it measured nothing.
 */
export async function runRevision(
  { checkout, what, seed, signal }: RevisionRun,
): Promise<Result | null> {
  const json = `${checkout.folder}.json`;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", ...PERMISSIONS, "--allow-run", "main.ts", "bench", "--quiet", "--no-floors"],
      ...[...what, "--runs", String(RUNS), "--seed", String(seed), "--json", json],
    ],
    cwd: checkout.folder,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const interrupt = () => interruptProcess(child);
  signal.addEventListener("abort", interrupt);
  try {
    const { code, stdout, stderr } = await child.output();
    if (signal.aborted) return null;
    if (MEASURED.includes(code)) return parseResult(await Deno.readTextFile(json), json);
    const said = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("").trim();
    throw new CompareError(
      `Cannot compare: the bench of ${checkout.name} (${
        checkout.commit.slice(0, 12)
      }) ended with exit code ` +
        `${code} and measured nothing:\n${said}`,
    );
  } finally {
    signal.removeEventListener("abort", interrupt);
  }
}
