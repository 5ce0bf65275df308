// deno-lint-ignore-file no-console -- a command speaks to its user
/**
 * One seed, with a readable timeline of both sides; and one repro file, seen again. They run in this isolate and need no permission but
 * to read and write the files that they are told of.
 *
 * @module
 */

import type { Colors } from "../lib/report/colors.ts";
import { requireFolder } from "../lib/report/require_writable.ts";
import { explain } from "./campaign/explain.ts";
import { type Experiment, experimentOf, runExperiment } from "./experiment.ts";
import { EXIT_CODES } from "./exit_codes.ts";
import type { History } from "./history.ts";
import { judge, type Verdict } from "./judge.ts";
import { ReproKeeper } from "./keep_repro.ts";
import { originOfCode } from "./origin.ts";
import { renderFinding, renderPlan, renderVerdict } from "./render.ts";
import { renderFailure } from "./render_failure.ts";
import { renderTimeline } from "./render_timeline.ts";
import { parseRepro, type Repro, ReproError } from "./repro.ts";
import { REPLAY_SCHEDULES, replayPlan } from "./replay.ts";
import type { SeedRequest } from "./command_line.ts";

/** Runs a seed, and explains what it breaks; resolves with the exit code. */
export async function seedCommand(
  { seed, strategy, keep }: SeedRequest,
  colors: Colors,
): Promise<number> {
  await requireFolder("keep", keep);
  const experiment = experimentOf(seed, strategy);
  console.log(renderPlan(experiment));
  const history = await runExperiment(experiment);
  const verdict = tell(history, seed, colors);
  if (verdict.kind === "violated") {
    const keeper = new ReproKeeper(keep, originOfCode());
    const failure = await explain(experiment, verdict.violations[0].oracle);
    const repro = await keeper.keep(seed, failure);
    console.log(`\n${renderFailure(failure, { seed, repro }, colors)}\n`);
  }
  console.log(renderVerdict(verdict.kind, colors));
  return EXIT_CODES[verdict.kind];
}

/**
 * Sees a repro again; resolves with the exit code.
 *
 * @throws {ReproError} when the file is none.
 */
export async function replayCommand(file: string, colors: Colors): Promise<number> {
  const repro = parseRepro(await readFile(file), file);
  const { code, commit } = originOfCode();
  if (repro.code === code && code !== "unknown") return await replaySame(repro, colors);
  console.log(
    `The code is another than the repro's (commit ${commit}, the repro's ${repro.commit}), so its ` +
      `schedule means nothing here: its plan runs under ${REPLAY_SCHEDULES} schedules.`,
  );
  return await replayElsewhere(repro, colors);
}

async function readFile(file: string): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    const isReadable = !(error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.IsADirectory || error instanceof Deno.errors.NotCapable ||
      error instanceof Deno.errors.PermissionDenied || error instanceof TypeError);
    if (isReadable) throw error;
    throw new ReproError(`Cannot read ${file}: ${(error as Error).message}`);
  }
}

/** The same code: the same run, or chaos is not what it says. */
async function replaySame(repro: Repro, colors: Colors): Promise<number> {
  console.log(renderPlan(repro));
  const history = await runExperiment(repro);
  const verdict = tell(history, BigInt(repro.seed), colors);
  if (history.traceHash === repro.traceHash) {
    console.log("The run is the repro's, step by step.");
    console.log(renderVerdict(verdict.kind, colors));
    return EXIT_CODES[verdict.kind];
  }
  const seed = BigInt(repro.seed);
  const message = `The run took other steps than the repro's: ${repro.traceHash} there`;
  console.log(renderFinding({ oracle: "determinism", seed, message }, colors));
  console.log(renderVerdict("violated", colors));
  return EXIT_CODES.violated;
}

async function replayElsewhere({ plan, oracle, seed }: Repro, colors: Colors): Promise<number> {
  let broken = 0;
  let isUnknown = false;
  let first: Experiment | null = null;
  for await (const { schedule, verdict } of replayPlan(plan)) {
    isUnknown ||= verdict.kind === "unknown";
    if (verdict.kind !== "violated") continue;
    broken++;
    if (first !== null) continue;
    first = { plan, schedule };
    for (const violation of verdict.violations) {
      console.log(renderFinding({ ...violation, seed: BigInt(seed) }, colors));
    }
  }
  console.log(
    `${broken} of ${REPLAY_SCHEDULES} schedules break an oracle (the repro's: ${oracle}).`,
  );
  const kind = broken > 0 ? "violated" : isUnknown ? "unknown" : "holds";
  console.log(renderVerdict(kind, colors));
  return EXIT_CODES[kind];
}

/** Prints a run, and what oracles say of it. */
function tell(history: History, seed: bigint, colors: Colors): Verdict {
  console.log(`\n${renderTimeline(history)}\n\ntrace hash ${history.traceHash}`);
  const verdict = judge(history);
  if (verdict.kind === "violated") {
    for (const { oracle, message } of verdict.violations) {
      console.log(renderFinding({ oracle, message, seed }, colors));
    }
  } else if (verdict.kind === "unknown") {
    console.log(`Oracle ${verdict.oracle} could not say:`, verdict.error);
  }
  return verdict;
}
