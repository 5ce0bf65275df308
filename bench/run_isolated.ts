/**
 * Runs one arm in a process of its own, so that peak memory is this run's, and no run inherits what another has left. The job goes to it
 * over stdin and the run comes back over stdout, as JSON.
 *
 * @module
 */

import { InvariantError } from "../lib/invariant.ts";
import type { Floors } from "../lib/measure/floors.ts";
import type { Side } from "../lib/qapi/migration_status.ts";
import { interruptProcess } from "./interrupt_process.ts";
import type { EngineChoices } from "../lib/pair/pair.ts";
import type { RunOptions } from "./pair_options.ts";
import type { ArmRun } from "./run_on_pair.ts";
import type { ScenarioArm } from "./scenario.ts";

/** What the process is asked. */
export interface IsolatedJob {
  readonly arm: ScenarioArm;
  /** How long the arm is run before that, unmeasured. */
  readonly warmUpUs: number;
  readonly seed: number;
  /** What migrates to what. @default {EMBEDDED_PAIR} */
  readonly engines?: EngineChoices | undefined;
  readonly answerTimeoutUs?: number | undefined;
  /** Whether it measures floors as well. */
  readonly floors: boolean;
}

/** What it answers. */
export interface IsolatedRun {
  readonly run: ArmRun;
  /** Measured in the same process; `null` where nobody asked. */
  readonly floors: Floors | null;
  /** The operator's QMP lines. */
  readonly lines: readonly (readonly [Side, "sent" | "received", string])[];
}

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

/**
 * What else the `bench` task says: a nursery of 1 MiB, for each of eight isolates has one. With V8's 16 MiB they kept garbage of some
 * 10 MiB, and were no faster.
 */
export const V8_FLAGS = "--v8-flags=--max-semi-space-size=1";

/** Runs an arm once, in real time; `null` if the signal ended it. */
export async function runIsolated(
  { arm, warmUpUs, floors: measured }: Pick<IsolatedJob, "arm" | "warmUpUs" | "floors">,
  { seed, engines, answerTimeoutUs, signal, log }: RunOptions,
): Promise<Pick<IsolatedRun, "run" | "floors"> | null> {
  const job: IsolatedJob = {
    ...{ arm, warmUpUs, seed, engines, answerTimeoutUs },
    floors: measured,
  };
  const reply = await askProcess(JSON.stringify(job), signal);
  if (signal.aborted) return null;
  const { run, floors, lines }: IsolatedRun = JSON.parse(reply);
  for (const line of lines) log(...line);
  return { run, floors };
}

/** Starts the process, and resolves with what it has written. */
async function askProcess(job: string, signal: AbortSignal): Promise<string> {
  const module = new URL("./isolated_process.ts", import.meta.url).href;
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", V8_FLAGS, ...PERMISSIONS, module],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  });
  await using child = command.spawn();
  const interrupt = () => interruptProcess(child);
  signal.addEventListener("abort", interrupt);
  try {
    const output = child.output();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(job));
    await writer.close();
    const { success, stdout } = await output;
    if (!success && !signal.aborted) {
      throw new InvariantError("A run in a process of its own failed, as it says above");
    }
    return new TextDecoder().decode(stdout);
  } finally {
    signal.removeEventListener("abort", interrupt);
  }
}
