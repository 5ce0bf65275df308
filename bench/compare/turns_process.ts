/**
 * The process that `WarmRevision` starts, out of a revision's own checkout: warm engines that run the scenarios when it is their turn and
 * are idle otherwise, so that those of two revisions can live beside each other and take turns of half a second.
 *
 * Over stdin comes a line that says what is run, then one for each turn; each is answered by a line on stdout.
 *
 * @module
 */

import type { RunResult } from "../../lib/report/result.ts";
import { WorkerPool } from "../../lib/world/realtime/worker_pool.ts";
import { readOptions } from "../options.ts";
import { prepareScenarios } from "../prepare_scenarios.ts";
import { jobsOf, runJob, type SuiteOptions, warmUpScenario } from "../run_suite.ts";
import type { Scenario } from "../scenario.ts";
import { ScenarioError } from "../scenario_text.ts";
import { MissingError } from "../fit_engines.ts";
import { UsageError } from "../usage_error.ts";
import { readLines } from "./read_lines.ts";
import { keepShown } from "./series.ts";

/** The first line. */
export interface TurnsStart {
  /** Options of the bench that say what is run: `--suite NAME`, or `--scenario FILE`. */
  readonly what: readonly string[];
}

/** Every other line. */
export interface Turn {
  readonly seed: number;
}

const interrupt = new AbortController();
const abort = () => interrupt.abort();
Deno.addSignalListener("SIGINT", abort);
Deno.addSignalListener("SIGTERM", abort);
const lines = readLines(Deno.stdin.readable);
const { value: start } = await lines.next();
if (start !== undefined) await takeTurnsOrSay(JSON.parse(start));
Deno.removeSignalListener("SIGINT", abort);
Deno.removeSignalListener("SIGTERM", abort);

/** What the user got wrong is a sentence, without where in the code it was seen. */
async function takeTurnsOrSay(start: TurnsStart): Promise<void> {
  try {
    await takeTurns(start);
  } catch (error) {
    const isUsers = error instanceof UsageError || error instanceof ScenarioError ||
      error instanceof MissingError;
    if (!isUsers) throw error;
    Deno.stderr.writeSync(new TextEncoder().encode(`${error.message}\n`));
  }
}

/** Warms up, answers with no runs, and then each line with a run of everything. */
async function takeTurns({ what }: TurnsStart): Promise<void> {
  const request = readOptions(what);
  if (request.kind !== "run") return;
  const { scenarios, engines } = await prepareScenarios(request.options);
  using pool = new WorkerPool();
  const options = optionsOf(engines);
  for (const scenario of scenarios) {
    await warmUpScenario(scenario, options, { pool, onRun: () => {} });
  }
  await answer([]);
  for await (const line of lines) {
    const { seed }: Turn = JSON.parse(line);
    const runs = await runAll(scenarios, { ...options, seed }, pool);
    if (runs === null) return;
    await answer(runs);
  }
}

function optionsOf(engines: SuiteOptions["engines"]): SuiteOptions {
  const measured = { clock: "real", runs: 1, seed: 1, floors: false, keeper: null } as const;
  return { ...measured, engines, signal: interrupt.signal };
}

/** Every arm once; `null` if that was interrupted. Nobody looks at the details of so many runs. */
async function runAll(
  scenarios: readonly Scenario[],
  options: SuiteOptions,
  pool: WorkerPool,
): Promise<RunResult[] | null> {
  const runs: RunResult[] = [];
  for (const job of jobsOf(scenarios, options)) {
    const run = options.signal.aborted
      ? null
      : await runJob(job, { pool, floors: () => Promise.resolve(null) }, options);
    if (run === null) return null;
    const { details: _, ...figures } = run;
    runs.push(keepShown(figures, job.scenario.show));
  }
  return runs;
}

async function answer(runs: readonly RunResult[]): Promise<void> {
  const bytes = new TextEncoder().encode(`${JSON.stringify(runs)}\n`);
  await new Blob([bytes]).stream().pipeTo(Deno.stdout.writable, { preventClose: true });
}
