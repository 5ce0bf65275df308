/**
 * A run at a glance, small enough for a table's cell: when the source's main loop and QMP stood still, where the guest ran, and how long the
 * preempt channel took to connect. The strips of a scenario have one scale, so that arms can be compared at a glance as well.
 *
 * @module
 */

import type { RunDetails } from "../run_details.ts";
import { formatTime } from "./format_time.ts";
import { html, type Markup } from "./markup.ts";
import { type Axis, linearAxis } from "./scales.ts";

const [WIDTH, HEIGHT] = [200, 26];

/** Standstills that a glance shall see, in microseconds. */
const SHOWN_FROM_US = 5000;

/** The scale of strips of these runs. */
export function stripAxis(runs: readonly RunDetails[]): Axis {
  const begin = Math.min(0, ...runs.map(({ beginUs }) => beginUs));
  const end = Math.max(begin + 1, ...runs.map(({ endUs }) => endUs));
  return linearAxis([begin, end], [0, WIDTH]);
}

/** The strip of a run. */
export function strip(run: RunDetails, x: Axis): Markup {
  const { source } = run.sides;
  const still = [...source.stalls?.longest ?? [], ...source.silences?.longest ?? []]
    .filter(([, us]) => us >= SHOWN_FROM_US);
  const guest = run.guest.map(({ fromUs, on }, index) => ({
    fromUs,
    toUs: run.guest[index + 1]?.fromUs ?? run.endUs,
    on,
  }));
  const connects = run.connects.filter(({ role }) => role === "preempt");
  return html`
    <svg class="strip" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img"
      aria-label="${describe(run)}">
    <rect class="ran" ${place(x, run.beginUs, run.endUs)} y="0" height="7"/>
    ${still.map(([at, us]) =>
      html`
        <rect class="still" ${place(x, at, at + us)} y="0" height="7" />
      `
    )}
    ${guest.map(({ fromUs, toUs, on }) =>
      html`
        <rect class="guest-${on}" ${place(x, fromUs, toUs)} y="9" height="8" />
      `
    )}
    ${connects.map(({ beginUs, endUs, failure }) =>
      html`
        <rect class="${failure === null ? "connect" : "failed"}" ${place(
          x,
          beginUs,
          endUs ?? run.endUs,
        )} y="19" height="7" />
      `
    )}
    </svg>
  `;
}

function place(x: Axis, fromUs: number, toUs: number): Markup {
  const from = x(fromUs);
  return html`x="${from.toFixed(1)}" width="${Math.max(1, x(toUs) - from).toFixed(1)}"`;
}

function describe({ sides, guest, connects, endUs }: RunDetails): string {
  const longest = (stalls: RunDetails["idle"]) =>
    Math.max(0, ...stalls?.longest.map(([, us]) => us) ?? []);
  const stillUs = Math.max(longest(sides.source.stalls), longest(sides.source.silences));
  const preempt = connects.filter(({ role }) => role === "preempt").map((
    { beginUs, endUs: end, failure },
  ) => failure === null ? formatTime((end ?? endUs) - beginUs) : `failed (${failure})`);
  const where = guest.map(({ on }) => on === "none" ? "stopped" : `on the ${on}`).join(", ");
  return `The source stood still for ${formatTime(stillUs)} at most; guest: ${where}` +
    `${preempt.length === 0 ? "" : `; preempt connect: ${preempt.join(", ")}`}; ${
      formatTime(endUs)
    } in all`;
}
