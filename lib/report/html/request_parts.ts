/**
 * The parts of a page request's way in plain words, and their colours. A part is named by the point that ends it.
 *
 * @module
 */

import type { Anatomy } from "../run_details.ts";

/** A part of the way. */
export interface PartName {
  /** What happens in it. */
  readonly text: string;
  /** Number of its shade in the style sheet, from 0. */
  readonly shade: number;
}

/** By the point that ends it. */
const PARTS: Readonly<Record<string, PartName>> = {
  "request-sent": { text: "destination asks", shade: 0 },
  "request-sent-again": { text: "lost with its channel, asked again", shade: 1 },
  "request-read": { text: "request on its way", shade: 2 },
  "record-written": { text: "source gets to it and writes the page", shade: 3 },
  "record-read": { text: "page on its way", shade: 4 },
  "placed": { text: "page is placed", shade: 5 },
  "vcpu-runs": { text: "vCPU wakes up", shade: 6 },
};

/** What a part is called. A request that the background scan served was never written for: what it waited for is the scan. */
export function namePart({ from, to }: Anatomy["parts"][number]): PartName {
  const known = PARTS[to] ?? { text: `${from} to ${to}`, shade: 1 };
  const isBackground = from === "faulted" && to.startsWith("record-");
  return isBackground ? { text: "until the background scan sent it", shade: 1 } : known;
}
