/**
 * Which code a campaign runs, and the seed that it starts from.
 *
 * @module
 */

import { codeFingerprint, headCommit } from "../lib/report/checkout.ts";
import { parseSeed } from "./seed.ts";

const CHECKOUT = new URL("../", import.meta.url);

/** Where the code lies that a run is made of. */
const CODE = ["chaos/", "lib/"];

/** The code. Where `code` is the same, so is every run; `unknown`: it could not be read. */
export interface Origin {
  readonly commit: string;
  readonly code: string;
}

/** The code that runs now. */
export function originOfCode(): Origin {
  return { commit: headCommit(CHECKOUT), code: codeFingerprint(CHECKOUT, CODE) };
}

/** The seed of a campaign that was given none: the commit's. */
export function seedOfCommit({ commit }: Origin): bigint {
  return commit === "unknown" ? 1n : parseSeed(commit);
}
