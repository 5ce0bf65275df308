/**
 * Where a timeline looks next.
 *
 * @module
 */

import type { TimelineData } from "../timeline.ts";

/** From and to, in microseconds. */
type TimeWindow = readonly [number, number];

/** The window of time that a wish leads to from another one: `in`, `left`, `switch`, ... It may reach beyond the run. */
export function zoomed(run: TimelineData, [from, to]: TimeWindow, wish: string): TimeWindow {
  const width = to - from;
  switch (wish) {
    case "in":
      return [from + width / 4, to - width / 4];
    case "out":
      return [from - width / 2, to + width / 2];
    case "left":
      return [from - width / 5, to - width / 5];
    case "right":
      return [from + width / 5, to + width / 5];
    case "switch":
      return aroundSwitch(run) ?? [run.beginUs, run.endUs];
    case "slowest":
      return aroundSlowest(run) ?? [run.beginUs, run.endUs];
    default:
      return [run.beginUs, run.endUs];
  }
}

/** The guest's way from one side to the other, with what comes before and after; `null` where it did not move. */
function aroundSwitch({ guest, endUs }: TimelineData): TimeWindow | null {
  const stopped = guest.findIndex(({ on }) => on === "none");
  if (stopped < 0) return null;
  const stopUs = guest[stopped]!.fromUs;
  const lengthUs = Math.max(1000, (guest[stopped + 1]?.fromUs ?? endUs) - stopUs);
  return [stopUs - 2 * lengthUs, stopUs + 4 * lengthUs];
}

/** The slowest page request; `null` where there was none. */
function aroundSlowest({ requests: { atUs, latencyUs } }: TimelineData): TimeWindow | null {
  const slowest = latencyUs.indexOf(Math.max(...latencyUs));
  if (slowest < 0) return null;
  const [beginUs, us] = [atUs[slowest]!, latencyUs[slowest]!];
  return [beginUs - us / 4 - 500, beginUs + us * 1.25 + 500];
}
