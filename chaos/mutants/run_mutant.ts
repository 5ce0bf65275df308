/**
 * Puts a mutant into a copy of the tree and runs an ordinary campaign there, in a process of its own.
 *
 * A mutant must be a bug and no ruin: it passes seeds without faults, or it is not worth finding.
 *
 * @module
 */

import { applyPatch } from "./apply_patch.ts";
import { copyTree } from "./copy_tree.ts";
import type { HuntOptions, HuntResult } from "./hunt.ts";
import { MutantError, readMutant } from "./mutant.ts";

/** Seeds without faults that a mutant must pass. */
export const FAULT_FREE_SEEDS = 20;

/** How a mutant is hunted. */
export interface MutantRunOptions {
  readonly base: bigint;
  /** From the start of the process on. */
  readonly secondsMax: number;
}

/** What came of it. */
export interface MutantRun extends HuntResult {
  readonly id: string;
  readonly found: boolean;
}

/**
 * Hunts one mutant.
 *
 * @throws {MutantError} when its patch does not apply, it does not run, or it fails without any fault.
 */
export async function runMutant(id: string, options: MutantRunOptions): Promise<MutantRun> {
  const { patch } = await readMutant(id);
  await using copy = await copyTree();
  const changes = applyPatch(patch, (path) => Deno.readTextFileSync(`${copy.path}/${path}`));
  for (const { path, after } of changes) await Deno.writeTextFile(`${copy.path}/${path}`, after);
  const base = String(options.base);
  const ruined = await runHunt(copy.path, {
    base,
    seedsMax: FAULT_FREE_SEEDS,
    secondsMax: Infinity,
    faultFree: true,
  });
  if (ruined.seed !== null) {
    throw new MutantError(
      `Cannot hunt mutant ${id}: expected ${FAULT_FREE_SEEDS} seeds without faults to pass, ` +
        `received at seed ${ruined.seed} (${ruined.oracle}): ${ruined.message}`,
    );
  }
  const result = await runHunt(copy.path, {
    base,
    seedsMax: Infinity,
    secondsMax: options.secondsMax,
    faultFree: false,
  });
  return { id, found: result.seed !== null, ...result };
}

/** Runs `hunt` of the tree at `root` in a process that may do nothing but compute. */
async function runHunt(root: string, options: HuntOptions): Promise<HuntResult> {
  const { secondsMax, seedsMax, ...rest } = options;
  const bounds = `secondsMax: ${secondsMax}, seedsMax: ${seedsMax}`;
  const program = `import { hunt } from "file://${root}/chaos/mutants/hunt.ts";
    console.log(JSON.stringify(await hunt({ ...${JSON.stringify(rest)}, ${bounds} })));`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-env", "--ext=ts", "-"],
    cwd: root,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(program));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  if (!success) {
    throw new MutantError(`Cannot run the mutant: ${new TextDecoder().decode(stderr).trim()}`);
  }
  return JSON.parse(new TextDecoder().decode(stdout));
}
