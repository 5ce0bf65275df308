// deno-lint-ignore-file no-console -- a command speaks to its user
/**
 * `deno task chaos`: from the command line to an exit code.
 *
 * @module
 */

import { type Colors, colorsFor } from "../lib/report/colors.ts";
import { type ChaosResult, formatChaosResult } from "../lib/report/chaos_result.ts";
import { codeFingerprint, headCommit } from "../lib/report/checkout.ts";
import { CampaignError, runCampaign } from "./campaign/campaign.ts";
import { experimentOf, runExperiment } from "./campaign/run_seed.ts";
import { Tally } from "./campaign/tally.ts";
import {
  type CampaignRequest,
  type MutantsRequest,
  readCommandLine,
  UsageError,
} from "./command_line.ts";
import { HELP } from "./help.ts";
import { judge } from "./judge.ts";
import { chooseMutants, type Hunted, huntMutants } from "./mutants/hunt_command.ts";
import { MutantError } from "./mutants/mutant.ts";
import { Progress } from "./progress.ts";
import { renderCampaign, renderFinding, renderPlan, renderVerdict } from "./render.ts";
import { renderTimeline } from "./render_timeline.ts";
import type { Strategy } from "./schedule.ts";
import { parseSeed } from "./seed.ts";

/** Exit codes by verdict. */
const EXIT_CODES: Readonly<Record<ChaosResult["verdict"], number>> = {
  holds: 0,
  violated: 1,
  unknown: 3,
};
const EXIT_USAGE = 2;
const EXIT_BUG = 70;
const EXIT_INTERRUPTED = 130;

const CHECKOUT = new URL("../", import.meta.url);

/** Where the code lies that a run is made of. */
const CODE = ["chaos/", "lib/"];

/** Runs the subcommand; resolves with its exit code. */
export async function chaosCommand(args: readonly string[]): Promise<number> {
  const colors = colorsFor({
    isTerminal: Deno.stdout.isTerminal(),
    noColor: Deno.env.get("NO_COLOR"),
  });
  try {
    const request = readCommandLine(args);
    switch (request.kind) {
      case "help":
        console.log(HELP);
        return 0;
      case "seed":
        return await runOne(request.seed, request.strategy, colors);
      case "campaign":
        return await runMany(request, colors);
      case "mutants":
        return await runMutants(request, colors);
    }
  } catch (error) {
    if (error instanceof CampaignError) {
      console.error(
        `A bug in Faultline: ${error.message}\nSeen by: deno task chaos --seed ${error.seed}`,
      );
      return EXIT_BUG;
    }
    if (!(error instanceof UsageError || error instanceof MutantError)) throw error;
    console.error(`${error.message}\nSee deno task chaos --help.`);
    return EXIT_USAGE;
  }
}

/** One run, in this isolate: it needs no permission. */
async function runOne(seed: bigint, strategy: Strategy, colors: Colors): Promise<number> {
  const experiment = experimentOf(seed, strategy);
  console.log(renderPlan(experiment));
  const history = await runExperiment(experiment);
  console.log(`\n${renderTimeline(history)}\n\ntrace hash ${history.traceHash}`);
  const verdict = judge(history);
  if (verdict.kind === "violated") {
    for (const { oracle, message } of verdict.violations) {
      console.log(renderFinding({ oracle, message, seed }, colors));
    }
  } else if (verdict.kind === "unknown") {
    console.log(`Oracle ${verdict.oracle} could not say:`, verdict.error);
  }
  console.log(renderVerdict(verdict.kind, colors));
  return EXIT_CODES[verdict.kind];
}

/** Each mutant in a copy of the tree, by a campaign in a process of its own. */
async function runMutants(
  { campaign, ids, sample }: MutantsRequest,
  colors: Colors,
): Promise<number> {
  const { commit, baseSeed } = originOf(campaign);
  const beginMs = performance.now();
  const interrupt = new AbortController();
  const abort = () => interrupt.abort();
  Deno.addSignalListener("SIGINT", abort);
  Deno.addSignalListener("SIGTERM", abort);
  let hunted: Hunted;
  try {
    const options = { baseSeed, seconds: campaign.seconds, signal: interrupt.signal };
    hunted = await huntMutants({ ...options, ids: chooseMutants(ids, sample, baseSeed) });
  } finally {
    Deno.removeSignalListener("SIGINT", abort);
    Deno.removeSignalListener("SIGTERM", abort);
  }
  if (interrupt.signal.aborted) {
    console.error("The hunt was interrupted.");
    return EXIT_INTERRUPTED;
  }
  const seconds = (performance.now() - beginMs) / 1000;
  const circumstances = { request: campaign, baseSeed, commit, seconds };
  const result = { ...resultOf(new Tally(), circumstances), ...hunted };
  if (campaign.json !== null) await Deno.writeTextFile(campaign.json, formatChaosResult(result));
  console.log(renderVerdict(result.verdict, colors));
  return EXIT_CODES[result.verdict];
}

async function runMany(request: CampaignRequest, colors: Colors): Promise<number> {
  const { commit, baseSeed } = originOf(request);
  const beginMs = performance.now();
  const progress = new Progress({
    isTerminal: Deno.stderr.isTerminal(),
    write: (text) => request.quiet || Deno.stderr.writeSync(new TextEncoder().encode(text)),
  }, beginMs);
  const interrupt = new AbortController();
  const abort = () => interrupt.abort();
  Deno.addSignalListener("SIGINT", abort);
  Deno.addSignalListener("SIGTERM", abort);
  let tally: Tally;
  try {
    tally = await runCampaign({
      ...request,
      baseSeed,
      signal: interrupt.signal,
      onProgress: (sofar) => progress.show(sofar, performance.now()),
    });
  } finally {
    progress.clear();
    Deno.removeSignalListener("SIGINT", abort);
    Deno.removeSignalListener("SIGTERM", abort);
  }
  const seconds = (performance.now() - beginMs) / 1000;
  const result = resultOf(tally, { request, baseSeed, commit, seconds });
  if (request.json !== null) await Deno.writeTextFile(request.json, formatChaosResult(result));
  for (const finding of [...tally.violations, ...tally.unknown]) {
    console.log(renderFinding(finding, colors));
  }
  if (!request.quiet) console.log(renderCampaign(result, colors));
  if (interrupt.signal.aborted) {
    console.error("The campaign was interrupted.");
    return EXIT_INTERRUPTED;
  }
  console.log(renderVerdict(result.verdict, colors));
  return EXIT_CODES[result.verdict];
}

/** Where a campaign's seeds come from. */
function originOf(request: CampaignRequest): Pick<Circumstances, "commit" | "baseSeed"> {
  const commit = headCommit(CHECKOUT);
  const baseSeed = request.baseSeed ?? (commit === "unknown" ? 1n : parseSeed(commit));
  return { commit, baseSeed };
}

/** How a campaign was made, and how long it took. */
interface Circumstances {
  readonly request: CampaignRequest;
  readonly baseSeed: bigint;
  readonly commit: string;
  readonly seconds: number;
}

function resultOf(
  tally: Tally,
  { request, baseSeed, commit, seconds }: Circumstances,
): ChaosResult {
  return {
    schema: "faultline/chaos/1",
    commit,
    code: codeFingerprint(CHECKOUT, CODE),
    environment: {
      "architecture": Deno.build.arch,
      "cpus": navigator.hardwareConcurrency,
      "jobs": request.jobs,
      "deno": Deno.version.deno,
      "v8": Deno.version.v8,
    },
    baseSeed: String(baseSeed),
    strategy: request.strategy,
    seconds,
    seeds: tally.seeds,
    traceHash: tally.traceHash,
    repeated: tally.repeated,
    seedsPerSecond: tally.seeds / seconds,
    virtualSecondsPerSecond: tally.virtualUs / 1e6 / seconds,
    violations: tally.violations.map(({ oracle, seed, message }) => ({
      oracle,
      seed: String(seed),
      message,
      repro: null,
    })),
    unknown: tally.unknown.map(({ oracle, seed, message }) => ({
      oracle,
      seed: String(seed),
      message,
    })),
    coverage: tally.coverage,
    verdict: tally.verdict,
  };
}
