/**
 * Puts a mutant into a copy of the tree and runs an ordinary campaign there, in a process of its own.
 *
 * A mutant must be a bug and no ruin: it passes seeds without faults, or it is not worth finding.
 *
 * @module
 */

import { type ChaosResult, parseChaosResult } from "../../lib/report/chaos_result.ts";
import { experimentOf, runExperiment } from "../experiment.ts";
import { judge } from "../judge.ts";
import { parseSeed } from "../seed.ts";
import { applyPatch } from "./apply_patch.ts";
import { copyTree } from "./copy_tree.ts";
import type { Ruin } from "./fault_free.ts";
import { MutantError, readMutant } from "./mutant.ts";

/** Seeds without faults that a mutant must pass. */
const FAULT_FREE_SEEDS = 20;

/** What they may take, on a busy machine. */
const FAULT_FREE_MS = 60_000;

/** Exit codes of a campaign that came to a verdict. */
const EXIT_CODES: readonly number[] = [0, 1, 3];

/** How a mutant is hunted. */
export interface HuntOptions {
  readonly baseSeed: bigint;
  readonly seconds: number;
  readonly signal: AbortSignal;
}

/** What came of it: the row of the result file, and what the oracle said; `null` where every oracle held. */
export type Hunt = NonNullable<ChaosResult["mutants"]>[number] & {
  readonly message: string | null;
  /** Whether the seed does not hold without the mutant either, so that it says nothing about it. */
  readonly isFalseAlarm: boolean;
};

/**
 * Hunts one mutant on one core.
 *
 * @throws {MutantError} when its patch does not apply, it does not run, or it fails without any fault.
 */
export async function huntMutant(id: string, options: HuntOptions): Promise<Hunt> {
  const { patch } = await readMutant(id);
  await using copy = await copyTree();
  const changes = applyPatch(patch, (path) => Deno.readTextFileSync(`${copy.path}/${path}`));
  for (const { path, after } of changes) await Deno.writeTextFile(`${copy.path}/${path}`, after);
  await refuseRuin(id, copy.path, options.signal);
  const { violations, seconds, seeds } = await runCampaign(copy.path, options);
  const [violation] = violations;
  const isFalseAlarm = violation !== undefined && await isBrokenAnyway(violation.seed);
  return {
    id,
    found: violation !== undefined && !isFalseAlarm,
    seed: violation?.seed ?? null,
    oracle: violation?.oracle ?? null,
    seconds,
    seeds,
    faultsInPlan: violation?.shrunk?.faults ?? null,
    shrinkSeconds: violation?.shrunk?.seconds ?? null,
    minimal: violation?.shrunk?.minimal ?? null,
    message: violation?.message ?? null,
    isFalseAlarm,
  };
}

/** Whether a seed does not hold in this tree, into which no mutant was put. */
export async function isBrokenAnyway(seed: string): Promise<boolean> {
  const history = await runExperiment(experimentOf(parseSeed(seed), "mixed"));
  return judge(history).kind !== "holds";
}

async function runCampaign(
  root: string,
  { baseSeed, seconds, signal }: HuntOptions,
): Promise<ChaosResult> {
  const file = `${root}/result.json`;
  // What it finds is kept in the copy too, and goes with it.
  const kept = { json: file, keep: `${root}/repros` };
  const options = { seed: baseSeed, time: `${seconds}s`, jobs: 1, violations: 1, ...kept };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  await runDeno(root, ["task", "chaos", "--quiet", ...args], signal, EXIT_CODES);
  return parseChaosResult(await Deno.readTextFile(file), file);
}

/** @throws {MutantError} when the tree at `root` does not pass seeds without faults. */
async function refuseRuin(id: string, root: string, signal: AbortSignal): Promise<void> {
  const program = `import { findRuin } from "./chaos/mutants/fault_free.ts";
    console.log(JSON.stringify(await findRuin(${FAULT_FREE_SEEDS})));`;
  const file = `${root}/fault_free.ts`;
  await Deno.writeTextFile(file, program);
  const late = AbortSignal.timeout(FAULT_FREE_MS);
  const ruined = (what: string) =>
    new MutantError(
      `Cannot hunt mutant ${id}: expected ${FAULT_FREE_SEEDS} seeds without faults to pass, received ${what}`,
    );
  try {
    const args = ["run", "--no-prompt", file];
    const output = await runDeno(root, args, AbortSignal.any([signal, late]), [0]);
    const ruin: Ruin | null = JSON.parse(output);
    if (ruin !== null) throw ruined(`at seed ${ruin.seed}: ${ruin.message}`);
  } catch (error) {
    throw late.aborted ? ruined(`no end of them in ${FAULT_FREE_MS / 1000} s`) : error;
  }
}

/** Runs Deno in the tree at `root`; resolves with what it printed. */
async function runDeno(
  root: string,
  args: readonly string[],
  signal: AbortSignal,
  expected: readonly number[],
): Promise<string> {
  const command = new Deno.Command(Deno.execPath(), { args: [...args], cwd: root, signal });
  const { code, stdout, stderr } = await command.output();
  if (!expected.includes(code)) {
    throw new MutantError(
      `Cannot run the mutant: exit code ${code}, ${new TextDecoder().decode(stderr).trim()}`,
    );
  }
  return new TextDecoder().decode(stdout);
}
