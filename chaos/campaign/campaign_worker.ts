/**
 * The Worker of a campaign: runs the seeds that it is given. It has no permission at all, and needs none.
 *
 * @module
 */

import { serveRequests } from "../../lib/worker/serve_requests.ts";
import type { Strategy } from "../schedule.ts";
import { describeError, runSeed, type SeedReport } from "./run_seed.ts";

/** What a campaign asks. */
export type CampaignRequest =
  | { readonly kind: "run"; readonly seeds: readonly bigint[]; readonly strategy: Strategy }
  | { readonly kind: "end" };

/** What the Worker answers: a report for each seed; or the seed at which chaos itself failed. */
export type CampaignReply =
  | { readonly kind: "ran"; readonly reports: readonly SeedReport[] }
  | { readonly kind: "mistake"; readonly seed: bigint; readonly message: string }
  | { readonly kind: "ended" };

serveRequests<CampaignRequest, CampaignReply>(async (request) => {
  if (request.kind === "end") return { kind: "ended" };
  const reports: SeedReport[] = [];
  for (const seed of request.seeds) {
    try {
      reports.push(await runSeed(seed, request.strategy));
    } catch (error) {
      return { kind: "mistake", seed, message: describeMistake(error) };
    }
  }
  return { kind: "ran", reports };
});

function describeMistake(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined
    ? describeError(error)
    : `${describeError(error)}\nCaused by: ${describeError(cause)}`;
}
