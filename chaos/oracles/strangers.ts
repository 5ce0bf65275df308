/**
 * Oracles about strangers: connections to the destination's address that are nobody's channel.
 *
 * Until a destination knows its channels any connection may be one of them, so only from then on can it be judged. A channel says what it
 * is by its first bytes: main by the status that it brings, preempt by the first page that comes on it.
 *
 * @module
 */

import type { History } from "../history.ts";
import { excusedUs, slownessOf, type Span, struckFaults } from "./disturbance.ts";
import { at, long, type Oracle } from "./oracle.ts";
import { deathUs, endUs, intersect, statusesOf } from "./view.ts";

/** How long an undisturbed destination takes to close a connection, the way to the stranger and back included. */
const CLOSED_US_MAX = 10_000;

export const STRANGER_ORACLES = {
  "strangers-leave": {
    states: "a destination that knows its channels keeps no other connection",
    check: (history) => {
      // Who says what a channel says is one.
      if (struckFaults(history).some(({ fault }) => fault.kind === "stray-valid")) return null;
      for (const { openedUs, closedUs } of history.strangers) {
        const stays = intersect([[openedUs, closedUs ?? endUs(history)]], knownSpans(history));
        const stay = stays.find((span) => span[1] - span[0] > boundOf(history, span));
        if (stay === undefined) continue;
        return `The destination kept a stranger for ${long(stay[1] - stay[0])} from ${
          at(stay[0])
        } on, when it knew its channels`;
      }
      return null;
    },
  },
} as const satisfies Record<string, Oracle>;

/** The stretches of the first migration in which the destination had a session and knew each of its channels. */
function knownSpans(history: History): readonly Span[] {
  const changes = statusesOf(history, 1, "destination");
  return changes.flatMap(({ timeUs, status }, index): Span[] => {
    if (status !== "active" && status !== "postcopy-active" && status !== "postcopy-recover") {
      return [];
    }
    const next = changes[index + 1]?.timeUs ?? Infinity;
    const toUs = Math.min(next, deathUs(history, "destination"), endUs(history));
    const fromUs = knownUs(history, [timeUs, toUs]);
    return fromUs < toUs ? [[fromUs, toUs]] : [];
  });
}

/** From when on every channel was known in a stretch that has main's status; Infinity: not to the end of it. */
function knownUs({ plan, requests }: History, [fromUs, toUs]: Span): number {
  if (!plan.capabilities.includes("postcopy-preempt")) return fromUs;
  const placed = (requests.destination ?? []).find(({ event, channel, timeUs }) =>
    event === "record-read" && channel === "preempt" && timeUs >= fromUs && timeUs <= toUs
  );
  return placed?.timeUs ?? Infinity;
}

function boundOf(history: History, span: Span): number {
  return CLOSED_US_MAX * slownessOf(history, "destination") +
    excusedUs(history, "destination", span);
}
