/**
 * Runs one job in a process of its own: the bench calls itself for that one arm. Peak memory is then this run's, and no run inherits what
 * another has left in the heap.
 *
 * @module
 */

import { formatArm } from "../lib/report/arm.ts";
import { parseResult, type RunResult } from "../lib/report/result.ts";
import type { Job, SuiteOptions } from "./run_suite.ts";

/** What the `bench` task in deno.json allows. */
export const PERMISSIONS = [
  "--allow-read",
  "--allow-write",
  "--allow-net",
  "--allow-ffi",
  "--allow-env",
  "--allow-sys",
  "--allow-run",
] as const;

/** Exit codes of a bench that has written its result: held, did not hold, too noisy. */
const FINISHED: readonly number[] = [0, 1, 3];

/** Runs a job; `null` if `signal` ended it. */
export async function runIsolated(job: Job, options: SuiteOptions): Promise<RunResult | null> {
  const result = await Deno.makeTempFile({ prefix: "faultline-", suffix: ".json" });
  try {
    const code = await runBench(argumentsOf(job, options, result), options.signal);
    if (options.signal.aborted) return null;
    if (!FINISHED.includes(code)) {
      throw new Error(`A run in a process of its own ended with exit code ${code}`);
    }
    const { runs } = parseResult(await Deno.readTextFile(result), result);
    return runs[0] ?? null;
  } finally {
    await Deno.remove(result);
  }
}

/** The command line of a bench that does this job and nothing else. */
export function argumentsOf(
  { scenario, arm, seed }: Job,
  { clock, keeper }: Pick<SuiteOptions, "clock" | "keeper">,
  result: string,
): string[] {
  return [
    "bench",
    "--quiet",
    `--scenario=${scenario.file}`,
    `--arm=${formatArm(arm.arm)}`,
    `--clock=${clock}`,
    `--seed=${seed}`,
    `--json=${result}`,
    ...keeper === null ? [] : [`--keep=${keeper.folder}`],
  ];
}

async function runBench(args: readonly string[], signal: AbortSignal): Promise<number> {
  const main = new URL("../main.ts", import.meta.url).href;
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", ...PERMISSIONS, main, ...args],
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  });
  const child = command.spawn();
  // From a terminal, Ctrl-C reaches the child as well; asked twice it does the same.
  const interrupt = () => child.kill("SIGINT");
  signal.addEventListener("abort", interrupt);
  try {
    return (await child.status).code;
  } finally {
    signal.removeEventListener("abort", interrupt);
  }
}
