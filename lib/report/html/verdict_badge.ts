/**
 * A verdict as a mark that needs no colour to be read.
 *
 * @module
 */

import type { Verdict } from "../result.ts";
import { html, type Markup } from "./markup.ts";

const MARKS: Readonly<Record<Verdict, readonly [string, string]>> = {
  pass: ["✓", "holds"],
  fail: ["✗", "does not hold"],
  inconclusive: ["?", "inconclusive"],
};

/** The mark. */
export function verdictBadge(verdict: Verdict): Markup {
  const [mark, word] = MARKS[verdict];
  return html`<span class="badge ${verdict}" role="img" aria-label="${word}">${mark}</span>`;
}
