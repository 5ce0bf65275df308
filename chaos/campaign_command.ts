// deno-lint-ignore-file no-console -- a command speaks to its user
/**
 * A campaign, from its request to an exit code.
 *
 * @module
 */

import { writeChaosOutputs } from "../lib/report/chaos_outputs.ts";
import { formatChaosResult } from "../lib/report/chaos_result.ts";
import type { Colors } from "../lib/report/colors.ts";
import { requireFolder, requireWritable } from "../lib/report/require_writable.ts";
import { CampaignError, type CampaignOutcome, runCampaign } from "./campaign/campaign.ts";
import { type KeptFailure, resultOf } from "./campaign/result_of.ts";
import type { CampaignRequest } from "./command_line.ts";
import { EXIT_BUG, EXIT_CODES, EXIT_INTERRUPTED } from "./exit_codes.ts";
import { interruptible } from "./interrupt.ts";
import { ReproKeeper } from "./keep_repro.ts";
import { type Origin, originOfCode, seedOfCommit } from "./origin.ts";
import { Progress } from "./progress.ts";
import { renderCampaign, renderFinding, renderVerdict } from "./render.ts";
import { renderCoverage, renderGaps } from "./render_coverage.ts";
import { renderFailure } from "./render_failure.ts";

/** Some times as long as the longest run takes on a busy machine. */
const HANG_SECONDS = 20;

/** Runs a campaign; resolves with the exit code. */
export async function campaignCommand(request: CampaignRequest, colors: Colors): Promise<number> {
  await requireWritable({ json: request.json, ...request.outputs });
  await requireFolder("keep", request.keep);
  const origin = originOfCode();
  const baseSeed = request.baseSeed ?? seedOfCommit(origin);
  if (!request.quiet) console.error(`base seed ${baseSeed}, commit ${origin.commit}`);
  const failures: KeptFailure[] = [];
  try {
    return await interruptible(async (signal) => {
      const outcome = await runWithProgress(
        { request, origin, baseSeed, failures, signal },
        colors,
      );
      return await report({ request, origin, baseSeed, failures, signal }, outcome, colors);
    });
  } catch (error) {
    if (!(error instanceof CampaignError)) throw error;
    console.error(
      `A bug in Faultline: ${error.message}\nSeen by: deno task chaos --seed ${error.seed}`,
    );
    return EXIT_BUG;
  }
}

/** What a campaign's parts have to know of it. */
interface Course {
  readonly request: CampaignRequest;
  readonly origin: Origin;
  readonly baseSeed: bigint;
  /** Added to as they are explained. */
  readonly failures: KeptFailure[];
  readonly signal: AbortSignal;
}

async function runWithProgress(
  { request, origin, baseSeed, failures, signal }: Course,
  colors: Colors,
): Promise<CampaignOutcome> {
  const keeper = new ReproKeeper(request.keep, origin);
  const progress = new Progress({
    isTerminal: Deno.stderr.isTerminal(),
    write: (text) => request.quiet || Deno.stderr.writeSync(new TextEncoder().encode(text)),
  }, performance.now());
  try {
    return await runCampaign({
      ...request,
      baseSeed,
      hangSeconds: HANG_SECONDS,
      signal,
      onProgress: (tally) => progress.show(tally, performance.now()),
      onFailure: async ({ seed }, failure) => {
        const repro = await keeper.keep(seed, failure);
        failures.push({ seed, failure, repro });
        progress.clear();
        console.log(`${renderFailure(failure, { seed, repro }, colors)}\n`);
      },
    });
  } finally {
    progress.clear();
  }
}

async function report(
  { request, origin, baseSeed, failures, signal }: Course,
  { tally, seconds }: CampaignOutcome,
  colors: Colors,
): Promise<number> {
  const { strategy, jobs, json, outputs, quiet, shard } = request;
  const result = resultOf(tally, failures, {
    origin,
    baseSeed,
    strategy,
    shard: shard.count === 1 ? null : `${shard.index + 1}/${shard.count}`,
    jobs,
    seconds,
  });
  if (json !== null) await Deno.writeTextFile(json, formatChaosResult(result));
  for (const line of await writeChaosOutputs(result, outputs)) console.log(line);
  const explained = new Set(failures.map(({ seed, failure }) => `${failure.oracle} ${seed}`));
  for (const finding of [...tally.violations, ...tally.unknown]) {
    if (explained.has(`${finding.oracle} ${finding.seed}`)) continue;
    console.log(renderFinding(finding, colors));
  }
  if (!quiet) console.log(`${renderCoverage(result.coverage, colors)}\n`);
  if (!quiet) console.log(renderCampaign(result, colors));
  if (signal.aborted) {
    console.error("The campaign was interrupted.");
    return EXIT_INTERRUPTED;
  }
  const gaps = request.requireCoverage ? renderGaps(result) : null;
  if (gaps !== null) console.log(gaps);
  console.log(renderVerdict(result.verdict, colors));
  if (gaps !== null && result.verdict === "holds") return EXIT_CODES.violated;
  return EXIT_CODES[result.verdict];
}
