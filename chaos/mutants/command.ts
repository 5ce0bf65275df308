// deno-lint-ignore-file no-console -- a command speaks to its user
/**
 * `deno task mutants`: from the command line to an exit code.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { parseSeed, SeedError } from "../seed.ts";
import { applyPatch, formatChanges } from "./apply_patch.ts";
import { KNOWN_DEFECTS, MUTANT_IDS } from "./known_defects.ts";
import { formatMutant, MutantError, mutantFile, readMutant } from "./mutant.ts";
import { runMutant } from "./run_mutant.ts";

const HELP =
  `Real defects, put back into a copy of the engine one at a time, and hunted by an ordinary campaign.

Usage: deno task mutants [ID ...] [options]

  ID ...          these mutants; without any: all of them
  --list          what there is: ids with their rows, and why the others cannot be expressed
  --refresh       make the patches anew where the code around them has moved
  --seed S        base of the seeds (default 1)
  --time SECONDS  for each mutant (default 60)

Exit codes: 0 all were found, 1 one was not, 2 bad arguments or a patch that does not apply.

Examples:
  deno task mutants A1 B2 --seed 7
  deno task mutants --refresh B2`;

const ROOT = new URL("../../", import.meta.url);

/** Runs the subcommand; resolves with its exit code. */
export async function mutantsCommand(args: readonly string[]): Promise<number> {
  try {
    return await run(args);
  } catch (error) {
    if (!(error instanceof MutantError || error instanceof SeedError)) throw error;
    console.error(error.message);
    return 2;
  }
}

async function run(args: readonly string[]): Promise<number> {
  const unknown: string[] = [];
  const { _, help, list, refresh, seed, time } = parseArgs([...args], {
    boolean: ["help", "list", "refresh"],
    string: ["seed", "time"],
    unknown: (name) => {
      if (name.startsWith("-")) unknown.push(name);
      return !name.startsWith("-");
    },
  });
  if (unknown.length > 0) {
    throw new MutantError(`Cannot run mutants: expected a known option, received "${unknown[0]}"`);
  }
  const ids = _.length === 0 ? MUTANT_IDS : _.map(String);
  if (help) console.log(HELP);
  else if (list) await listMutants();
  else if (refresh) { for (const id of ids) await refreshMutant(id); }
  else return await huntAll(ids, parseSeed(seed ?? "1"), readSeconds(time ?? "60"));
  return 0;
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (text !== "" && seconds > 0 && seconds < Infinity) return seconds;
  throw new MutantError(`Cannot run mutants: expected --time in seconds, received "${text}"`);
}

async function huntAll(ids: readonly string[], base: bigint, secondsMax: number): Promise<number> {
  let missed = 0;
  for (const id of ids) {
    const run = await runMutant(id, { base, secondsMax });
    const effort = `${run.seeds} seeds, ${run.seconds.toFixed(1)} s`;
    if (run.found) console.log(`${id}  found  ${effort}  ${run.oracle}: ${run.message}`);
    else console.log(`${id}  NOT FOUND  ${effort}`);
    if (!run.found) missed++;
  }
  return missed === 0 ? 0 : 1;
}

async function listMutants(): Promise<void> {
  for (const [id, expression] of Object.entries(KNOWN_DEFECTS)) {
    if (expression === "patch") {
      const { row } = await readMutant(id);
      console.log(`${id}  ${row["root cause"]}; set off by: ${row["set off by"]}`);
    } else console.log(`${id}  not expressible: ${expression.notExpressible}`);
  }
}

async function refreshMutant(id: string): Promise<void> {
  const mutant = await readMutant(id);
  const changes = applyPatch(
    mutant.patch,
    (path) => Deno.readTextFileSync(new URL(path, ROOT)),
  );
  const refreshed = formatMutant({ ...mutant, patch: formatChanges(changes) });
  await Deno.writeTextFile(mutantFile(id), refreshed);
  console.log(`${id}: ${changes.map(({ path }) => path).join(", ")}`);
}
