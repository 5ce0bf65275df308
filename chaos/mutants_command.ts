// deno-lint-ignore-file no-console -- a command speaks to its user
/**
 * A hunt for mutants, from its request to an exit code.
 *
 * @module
 */

import { writeChaosOutputs } from "../lib/report/chaos_outputs.ts";
import { formatChaosResult } from "../lib/report/chaos_result.ts";
import type { Colors } from "../lib/report/colors.ts";
import { requireWritable } from "../lib/report/require_writable.ts";
import { resultOf } from "./campaign/result_of.ts";
import { Tally } from "./campaign/tally.ts";
import type { MutantsRequest } from "./command_line.ts";
import { EXIT_BUG, EXIT_CODES, EXIT_INTERRUPTED } from "./exit_codes.ts";
import { interruptible } from "./interrupt.ts";
import {
  chooseMutants,
  describeFalseAlarms,
  huntMutants,
  resultOfHunts,
} from "./mutants/hunt_command.ts";
import { originOfCode, seedOfCommit } from "./origin.ts";
import { renderVerdict } from "./render.ts";

/** Hunts each mutant in a copy of the tree, by a campaign in a process of its own; resolves with the exit code. */
export function mutantsCommand(
  { campaign, ids, sample }: MutantsRequest,
  colors: Colors,
): Promise<number> {
  return interruptible(async (signal) => {
    await requireWritable({ json: campaign.json, ...campaign.outputs });
    const origin = originOfCode();
    const baseSeed = campaign.baseSeed ?? seedOfCommit(origin);
    const beginMs = performance.now();
    const { strategy, jobs, json, outputs } = campaign;
    const options = { baseSeed, seconds: campaign.seconds, jobs, signal };
    const hunts = await huntMutants({ ...options, ids: chooseMutants(ids, sample, baseSeed) });
    if (signal.aborted) {
      console.error("The hunt was interrupted.");
      return EXIT_INTERRUPTED;
    }
    const seconds = (performance.now() - beginMs) / 1000;
    const circumstances = { origin, baseSeed, strategy, shard: null, jobs, seconds };
    const result = { ...resultOf(new Tally(), [], circumstances), ...resultOfHunts(hunts) };
    if (json !== null) await Deno.writeTextFile(json, formatChaosResult(result));
    for (const line of await writeChaosOutputs(result, outputs)) console.log(line);
    const falseAlarms = describeFalseAlarms(hunts);
    if (falseAlarms !== null) {
      console.error(falseAlarms);
      return EXIT_BUG;
    }
    console.log(renderVerdict(result.verdict, colors));
    return EXIT_CODES[result.verdict];
  });
}
