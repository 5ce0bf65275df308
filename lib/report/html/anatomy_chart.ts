/**
 * Where the time of page requests goes: a bar for each arm, cut at the points of a request's way, and under it the part that the preempt
 * channel is answerable for. Bars are shares, since a slow arm's latency can be a hundred times another's; the mean stands beside.
 *
 * @module
 */

// @ts-types="@types/d3-shape"
import { stack } from "d3-shape";
import type { Anatomy } from "../run_details.ts";
import { formatTime } from "./format_time.ts";
import { type Content, html, type Markup } from "./markup.ts";
import { namePart, type PartName } from "./request_parts.ts";

/** The requests of one arm. */
export interface ArmAnatomy {
  readonly name: string;
  readonly bars: readonly Anatomy[];
}

/** A stretch of a bar, in hundredths of it. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

const BLAME_NAMES = {
  awaitingChannelUs: "waiting for the channel to exist",
  inChannelUs: "in the channel, until its page was written",
  shimUs: "held back by the shim",
} as const;

/** The chart, with a table of its figures; nothing where no request ended. */
export function anatomyChart(arms: readonly ArmAnatomy[]): Content {
  const shown = arms.filter(({ bars }) => bars.length > 0);
  if (shown.length === 0) return null;
  const names = new Map<number, PartName>();
  for (const { parts } of shown.flatMap(({ bars }) => bars)) {
    for (const part of parts) names.set(namePart(part).shade, namePart(part));
  }
  const hasBlame = shown.some(({ bars }) => bars.some(({ blame }) => blame !== null));
  return html`<figure class="chart" data-chart="anatomy">
<div class="legend">${
    [...names.values()].sort((a, b) => a.shade - b.shade).map(({ text, shade }) =>
      html`<span><i class="box p${shade}"></i>${text}</span>`
    )
  }${hasBlame && html`<span><i class="box blame"></i>the preempt channel's part</span>`}</div>
<div class="bars">${
    shown.map(({ name, bars }) =>
      html`<div class="bar-group"><h5>${name}</h5>${bars.map(bar)}</div>`
    )
  }</div>
<figcaption>Mean of the requests named; a bar is the whole of its latency.</figcaption>
${table(shown)}
</figure>`;
}

function bar(anatomy: Anatomy): Markup {
  const { of, count, latencyUs, parts, blame } = anatomy;
  const stretches = stretchesOf(parts.map(({ us }) => us), latencyUs);
  const blameUs = blame === null ? [] : Object.values(blame);
  const [, , last] = stretchesOf(blameUs, latencyUs);
  const blamed = last === undefined ? 0 : last.to;
  return html`<div class="bar-row"><span class="bar-label">${of}${
    count > 1 && html`
      <small>(${count})</small>
    `
  }</span>
<svg class="bar" viewBox="0 0 100 20" preserveAspectRatio="none" role="img" aria-label="${
    parts.map((part) => `${namePart(part).text} ${formatTime(part.us)}`).join(", ")
  }" data-parts="${parts.length}">${
    parts.map((part, index) => {
      const { from, to } = stretches[index]!;
      return html`
        <rect class="p${namePart(part).shade}" x="${from}" width="${to - from}" height="14">
          <title>${namePart(part).text}: ${formatTime(part.us)}</title>
        </rect>
      `;
    })
  }${
    blamed > 0 &&
    html`
      <rect class="blame" x="0" width="${blamed}" y="16" height="4">
        <title>The preempt channel's part: ${formatTime(blamed / 100 * latencyUs)}</title>
      </rect>
    `
  }</svg><span class="bar-value">${formatTime(latencyUs)}${
    blame !== null && html`
      <small>${Math.round(blamed)} % preempt</small>
    `
  }</span></div>`;
}

/** Lengths laid end to end, as hundredths of `whole`. */
function stretchesOf(lengths: readonly number[], whole: number): Stretch[] {
  const keys = lengths.map((_, index) => String(index));
  const row = Object.fromEntries(lengths.map((us, index) => [String(index), us]));
  const scale = whole > 0 ? 100 / whole : 0;
  return stack().keys(keys)([row]).map(([[from, to] = [0, 0]]) => ({
    from: from * scale,
    to: to * scale,
  }));
}

function table(arms: readonly ArmAnatomy[]): Markup {
  return html`
    <details class="behind">
      <summary>As a table</summary>
      <div class="scroll" tabindex="0" role="region" aria-label="Where the time of page requests goes">
        <table>
          <thead>
            <tr>
              <th scope="col">Arm</th>
              <th scope="col">Requests</th>
              <th scope="col" class="number">Mean</th>
              <th scope="col">Parts</th>
              <th scope="col">The preempt channel's part</th>
            </tr>
          </thead>
          <tbody>${arms.flatMap(({ name, bars }) =>
            bars.map(({ of, count, latencyUs, parts, blame }) =>
              html`
                <tr>
                  <th scope="row">${name}</th>
                  <td>${of} (${count})</td>
                  <td class="number">${formatTime(latencyUs)}</td>
                  <td>${parts.map((part) => `${namePart(part).text} ${formatTime(part.us)}`).join(
                    ", ",
                  )}</td>
                  <td>${blame === null ? "not known" : describeBlame(blame)}</td>
                </tr>
              `
            )
          )}</tbody>
        </table>
      </div>
    </details>
  `;
}

function describeBlame(blame: NonNullable<Anatomy["blame"]>): string {
  const causes = (Object.keys(BLAME_NAMES) as (keyof typeof BLAME_NAMES)[])
    .filter((cause) => blame[cause] > 0)
    .map((cause) => `${BLAME_NAMES[cause]} ${formatTime(blame[cause])}`);
  return causes.length === 0 ? "none" : causes.join(", ");
}
