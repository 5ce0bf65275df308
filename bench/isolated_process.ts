/**
 * The process that `runIsolated` starts: its arm again and again until its code is warm, once more to be measured, and then the floors. It loads no more than a run needs,
 * since its memory is what is measured.
 *
 * @module
 */

import { measureFloors } from "../lib/measure/floors.ts";
import { WorkerPool } from "../lib/world/realtime/worker_pool.ts";
import type { IsolatedJob, IsolatedRun } from "./run_isolated.ts";
import type { RunOptions } from "./pair_options.ts";
import type { ArmRun } from "./run_on_pair.ts";
import { runReal } from "./run_real.ts";
import { hasEmbeddedSide, warmUp } from "./warm_up.ts";

const interrupt = new AbortController();
const abort = () => interrupt.abort();
Deno.addSignalListener("SIGINT", abort);
Deno.addSignalListener("SIGTERM", abort);

const { arm, warmUpUs, seed, engines, answerTimeoutUs, floors }: IsolatedJob = await new Response(
  Deno.stdin.readable,
).json();
const lines: IsolatedRun["lines"][number][] = [];
const { signal } = interrupt;
const run = await runWarm();
if (run !== null) {
  const reply: IsolatedRun = { run, floors: floors ? await measureFloors() : null, lines };
  const bytes = new TextEncoder().encode(JSON.stringify(reply));
  await new Blob([bytes]).stream().pipeTo(Deno.stdout.writable);
}

Deno.removeSignalListener("SIGINT", abort);
Deno.removeSignalListener("SIGTERM", abort);

async function runWarm(): Promise<ArmRun | null> {
  using pool = new WorkerPool();
  const options = { seed, engines, answerTimeoutUs, signal, log: () => {} };
  const arms = hasEmbeddedSide(arm.engines ?? engines) ? [arm] : [];
  await warmUp({ arms, forUs: warmUpUs }, async () => {
    const unmeasured = await runReal(arm, options, pool);
    return unmeasured !== null && unmeasured.failure === null;
  });
  const log: RunOptions["log"] = (...line) => void lines.push(line);
  return await runReal(arm, { ...options, log }, pool);
}
