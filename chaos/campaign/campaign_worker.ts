/**
 * The Worker of a campaign: runs the seeds that it is given, and explains failures. It has no permission at all, and needs none.
 *
 * @module
 */

import { unreachable } from "../../lib/invariant.ts";
import { serveRequests } from "../../lib/worker/serve_requests.ts";
import type { Experiment } from "../experiment.ts";
import type { OracleName } from "../oracles/oracle_table.ts";
import { explain, type Failure } from "./explain.ts";
import { Pulse } from "./pulse.ts";
import {
  type CampaignStrategy,
  describeError,
  runSeed,
  type SearchBounds,
  type SeedReport,
} from "./run_seed.ts";

/** What a campaign asks. */
export type CampaignRequest =
  | {
    readonly kind: "run";
    readonly seeds: readonly bigint[];
    readonly strategy: CampaignStrategy;
    readonly bounds: SearchBounds;
    /** A `Pulse`, which tells that the Worker goes on. */
    readonly pulse: SharedArrayBuffer;
  }
  | { readonly kind: "explain"; readonly found: Experiment; readonly oracle: OracleName }
  | { readonly kind: "end" };

/** What the Worker answers: a report for each seed; a failure explained; or the seed at which chaos itself failed. */
export type CampaignReply =
  | { readonly kind: "ran"; readonly reports: readonly SeedReport[] }
  | { readonly kind: "explained"; readonly failure: Failure }
  | { readonly kind: "mistake"; readonly seed: bigint; readonly message: string }
  | { readonly kind: "ended" };

type RunRequest = CampaignRequest & { readonly kind: "run" };

serveRequests<CampaignRequest, CampaignReply>(async (request) => {
  switch (request.kind) {
    case "run":
      return await run(request);
    case "explain":
      return { kind: "explained", failure: await explain(request.found, request.oracle) };
    case "end":
      return { kind: "ended" };
    default:
      return unreachable(request);
  }
});

async function run({ seeds, strategy, bounds, pulse: shared }: RunRequest): Promise<CampaignReply> {
  const reports: SeedReport[] = [];
  const pulse = new Pulse(shared);
  for (const [index, seed] of seeds.entries()) {
    try {
      reports.push(await runSeed(seed, strategy, bounds, () => pulse.beat(index)));
    } catch (error) {
      return { kind: "mistake", seed, message: describeMistake(error) };
    }
  }
  return { kind: "ran", reports };
}

function describeMistake(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined
    ? describeError(error)
    : `${describeError(error)}\nCaused by: ${describeError(cause)}`;
}
