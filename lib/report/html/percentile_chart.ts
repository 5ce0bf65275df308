/**
 * Latencies of page requests by percentile, the arms of a scenario on top of each other: HdrHistogram's plot. Each step to the right halves
 * the share of requests that took longer, so the slow ones, which an average hides, get most of the room.
 *
 * @module
 */

// @ts-types="@types/d3-shape"
import { line } from "d3-shape";
import type { ArmStyle } from "./arm_style.ts";
import { formatTime } from "./format_time.ts";
import { type Content, html, type Markup } from "./markup.ts";
import { linearAxis, logAxis } from "./scales.ts";

/** Latencies of one arm. */
export interface PercentileCurve {
  readonly name: string;
  readonly style: ArmStyle;
  /** Shares from 0 to 1 with the latency that so many did not exceed, rising. Not empty. */
  readonly quantiles: readonly (readonly [number, number])[];
}

const [WIDTH, HEIGHT] = [840, 310];
const EDGE = { left: 88, right: 14, top: 10, bottom: 28 } as const;
const PERCENTILES = [0, 50, 75, 90, 95, 99, 99.9, 99.99, 99.999];

/** The chart, with a table of its figures; nothing where there is no curve. */
export function percentileChart(curves: readonly PercentileCurve[], id: string): Content {
  if (curves.length === 0) return null;
  return html`<figure class="chart" data-chart="percentiles">
<div class="legend" role="group" aria-label="Arms shown">${
    curves.map(({ name, style }, index) =>
      html`<label><input type="checkbox" checked data-curve="${id}-${index}"><span class="swatch c${style.color}"><svg viewBox="0 0 26 8" aria-hidden="true"><path d="M0 4H26" stroke-dasharray="${style.dash}"/></svg></span>${name}</label>`
    )
  }</div>
${plot(curves, id)}
<figcaption>Share of page requests that took no longer; each step to the right halves what is left above.</figcaption>
${table(curves)}
</figure>`;
}

function plot(curves: readonly PercentileCurve[], id: string): Markup {
  const halvings = Math.max(1, ...curves.map(({ quantiles }) => halvingsOf(quantiles, 1)));
  const x = linearAxis([0, halvings], [EDGE.left, WIDTH - EDGE.right]);
  const latencies = curves.flatMap(({ quantiles }) => quantiles.map(([, us]) => us));
  const y = logAxis(latencies, [HEIGHT - EDGE.bottom, EDGE.top], 1);
  const bottom = HEIGHT - EDGE.bottom;
  const right = WIDTH - EDGE.right;
  const percents = PERCENTILES.map((percent) => ({ percent, u: -Math.log2(1 - percent / 100) }))
    .filter(({ u }) => u <= halvings * 0.9);
  return html`
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img"
      aria-label="Latency of page requests by percentile; the table below holds its figures">
    <g class="grid">${y.ticks.map(({ at }) =>
      html`
        <path d="M${EDGE.left} ${at}H${right}" />
      `
    )}${percents.map(({ u }) =>
      html`
        <path d="M${x(u)} ${EDGE.top}V${bottom}" />
      `
    )}</g>
    <g class="axis">${y.ticks.map(({ at, value }) =>
      html`<text x="${EDGE.left - 8}" y="${at}" dy=".35em" text-anchor="end">${
        formatTime(value)
      }</text>`
    )}${percents.map(({ u, percent }, index) =>
      html`
        <text x="${x(u)}" y="${HEIGHT - 8}" text-anchor="${index === 0 ? "start" : "middle"}"
          class="${percent === 75 || percent === 95 ? "minor" : ""}">${percent === 0
            ? "all"
            : `${percent} %`}</text>
      `
    )}<text x="${right}" y="${HEIGHT - 8}" text-anchor="end">longest</text></g>
    ${curves.map(({ name, style, quantiles }, index) => {
      const points = quantiles.map(([share, us]) =>
        [x(halvingsOf(quantiles, share)), y(us)] as [number, number]
      );
      const [endX, endY] = points.at(-1)!;
      return html`
        <g class="curve c${style.color}" id="${id}-${index}" data-points="${points.length}">
          <title>${name}</title>
          <path d="${line()(points)}" stroke-dasharray="${style.dash}" />
          <circle cx="${endX}" cy="${endY}" r="3.5" />
        </g>
      `;
    })}
    </svg>
  `;
}

/** How often what is left above a share was halved; the longest stands one step behind the last share that the curve has. */
function halvingsOf(quantiles: PercentileCurve["quantiles"], share: number): number {
  if (share < 1) return -Math.log2(1 - share);
  const last = quantiles.findLast(([one]) => one < 1)?.[0] ?? 0;
  return 1 - Math.log2(1 - last);
}

function table(curves: readonly PercentileCurve[]): Markup {
  const columns = [50, 90, 99, 99.9, 100];
  return html`
    <details class="behind">
      <summary>As a table</summary>
      <div class="scroll" tabindex="0" role="region" aria-label="Latency by percentile">
        <table>
          <thead>
            <tr><th scope="col">Arm</th>${columns.map((percent) =>
              html`<th scope="col" class="number">${
                percent === 100 ? "longest" : `${percent} %`
              }</th>`
            )}</tr>
          </thead>
          <tbody>${curves.map(({ name, quantiles }) =>
            html`<tr><th scope="row">${name}</th>${
              columns.map((percent) => {
                const found = quantiles.find(([share]) => share >= percent / 100 - 1e-9);
                return html`<td class="number">${found ? formatTime(found[1]) : "-"}</td>`;
              })
            }</tr>`
          )}</tbody>
        </table>
      </div>
    </details>
  `;
}
