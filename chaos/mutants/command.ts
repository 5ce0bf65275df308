// deno-lint-ignore-file no-console -- a command speaks to its user
/**
 * `deno task mutants`: from the command line to an exit code.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { optionReaders } from "../../lib/report/option_readers.ts";
import { applyPatch, formatChanges } from "./apply_patch.ts";
import { KNOWN_DEFECTS, MUTANT_IDS } from "./known_defects.ts";
import { formatMutant, MutantError, mutantFile, readMutant } from "./mutant.ts";

const HELP =
  `Looks after the known defects that deno task chaos --mutant puts back into a copy of the engine.

Usage: deno task mutants [--list] | --refresh [ID ...]

  --list      what there is: ids with their rows, and why the others cannot be expressed (default)
  --refresh   make these patches anew, or all, where the code around them has moved

Exit codes: 0 done, 2 bad arguments or a patch that does not apply.

Examples:
  deno task mutants
  deno task mutants --refresh B2`;

const { refuseUnknown } = optionReaders("look after mutants", MutantError);

const ROOT = new URL("../../", import.meta.url);

/** Runs the subcommand; resolves with its exit code. */
export async function mutantsCommand(args: readonly string[]): Promise<number> {
  try {
    await run(args);
    return 0;
  } catch (error) {
    if (!(error instanceof MutantError)) throw error;
    console.error(error.message);
    return 2;
  }
}

async function run(args: readonly string[]): Promise<void> {
  const unknown: string[] = [];
  const { _, help, list, refresh } = parseArgs([...args], {
    boolean: ["help", "list", "refresh"],
    string: ["_"],
    unknown: (name) => {
      if (name.startsWith("-")) unknown.push(name);
      return !name.startsWith("-");
    },
  });
  refuseUnknown(unknown[0], ["help", "list", "refresh"]);
  if (help) console.log(HELP);
  else if (list || !refresh) await listMutants();
  else for (const id of _.length === 0 ? MUTANT_IDS : _.map(String)) await refreshMutant(id);
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
