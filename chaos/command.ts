// deno-lint-ignore-file no-console -- a command speaks to its user
/**
 * `deno task chaos`: from the command line to an exit code.
 *
 * @module
 */

import { colorsFor } from "../lib/report/colors.ts";
import { unreachable } from "../lib/invariant.ts";
import { campaignCommand } from "./campaign_command.ts";
import { readCommandLine, UsageError } from "./command_line.ts";
import { EXIT_USAGE } from "./exit_codes.ts";
import { HELP } from "./help.ts";
import { MutantError } from "./mutants/mutant.ts";
import { mutantsCommand } from "./mutants_command.ts";
import { ReproError } from "./repro.ts";
import { replayCommand, seedCommand } from "./seed_command.ts";

/** What ends in a sentence and exit code 2. */
const WRONG = [UsageError, MutantError, ReproError] as const;

/** Runs the subcommand; resolves with its exit code. */
export async function chaosCommand(args: readonly string[]): Promise<number> {
  // Loaded where it is asked for: a run in virtual time needs none of it.
  if (isForQemu(args)) return (await import("./qemu/command.ts")).qemuChaosCommand(args);
  try {
    return await run(args);
  } catch (error) {
    if (!(error instanceof Error) || !WRONG.some((one) => error instanceof one)) throw error;
    console.error(`${error.message}\nSee deno task chaos --help.`);
    return EXIT_USAGE;
  }
}

/** Whether real QEMUs are to be broken: that has a command line of its own. */
function isForQemu(args: readonly string[]): boolean {
  return args.some((argument) => /^--(source|destination)(=|$)/.test(argument));
}

async function run(args: readonly string[]): Promise<number> {
  const colors = colorsFor({
    isTerminal: Deno.stdout.isTerminal(),
    noColor: Deno.env.get("NO_COLOR"),
  });
  const request = readCommandLine(args);
  switch (request.kind) {
    case "help":
      console.log(HELP);
      return 0;
    case "seed":
      return await seedCommand(request, colors);
    case "replay":
      return await replayCommand(request.file, colors);
    case "campaign":
      return await campaignCommand(request, colors);
    case "mutants":
      return await mutantsCommand(request, colors);
    default:
      return unreachable(request);
  }
}
