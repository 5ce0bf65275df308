/**
 * Which migration status and connect phase a stall fell into.
 *
 * @module
 */

import type { Stall } from "./loop_stalls.ts";

/** From `fromUs` on, until the next one begins, an engine was in this status and connect phase. */
export interface StatusSpan {
  readonly fromUs: number;
  /** QAPI's MigrationStatus. */
  readonly status: string;
  /** 0 = the start of the migration, k = its k-th recovery. */
  readonly phase: number;
}

/** A stall and where it fell; `span` is `null` for one before the first status. */
export interface PlacedStall extends Stall {
  readonly span: StatusSpan | null;
}

/** Gives each stall its span. @param spans ordered by `fromUs`. */
export function placeStalls(
  stalls: readonly Stall[],
  spans: readonly StatusSpan[],
): PlacedStall[] {
  return stalls.map((stall) => ({ ...stall, span: statusDuring(stall, spans) }));
}

/**
 * The span that a stall shares the most time with: a stall is known only to a tick, so the one at its first microsecond may be the one
 * before. `null` for a stall before the first status.
 *
 * @param spans ordered by `fromUs`.
 */
export function statusDuring(
  { beginUs, lengthUs }: Pick<Stall, "beginUs" | "lengthUs">,
  spans: readonly StatusSpan[],
): StatusSpan | null {
  let span: StatusSpan | null = null;
  let longestUs = Math.min(lengthUs, (spans[0]?.fromUs ?? Infinity) - beginUs);
  for (const [index, candidate] of spans.entries()) {
    const untilUs = spans[index + 1]?.fromUs ?? Infinity;
    const sharedUs = Math.min(beginUs + lengthUs, untilUs) - Math.max(beginUs, candidate.fromUs);
    if (sharedUs <= longestUs || sharedUs <= 0) continue;
    [span, longestUs] = [candidate, sharedUs];
  }
  return span;
}
