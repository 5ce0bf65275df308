/**
 * The process that `runIsolated` starts: one run in real time, and the floors of the same process. It loads no more than a run needs,
 * since its memory is what is measured.
 *
 * @module
 */

import { measureFloors } from "../lib/measure/floors.ts";
import type { IsolatedJob, IsolatedRun } from "./run_isolated.ts";
import { runReal } from "./run_real.ts";

const interrupt = new AbortController();
const abort = () => interrupt.abort();
Deno.addSignalListener("SIGINT", abort);
Deno.addSignalListener("SIGTERM", abort);

const { arm, seed, engines }: IsolatedJob = await new Response(Deno.stdin.readable).json();
const lines: IsolatedRun["lines"][number][] = [];
const run = await runReal(arm, {
  seed,
  engines,
  signal: interrupt.signal,
  log: (...line) => void lines.push(line),
});
if (run !== null) {
  const reply: IsolatedRun = { run, floors: await measureFloors(), lines };
  const bytes = new TextEncoder().encode(JSON.stringify(reply));
  await new Blob([bytes]).stream().pipeTo(Deno.stdout.writable);
}

Deno.removeSignalListener("SIGINT", abort);
Deno.removeSignalListener("SIGTERM", abort);
