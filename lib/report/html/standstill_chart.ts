/**
 * The longest times in which main loops and QMP stood still, arm by arm, beside a loop that does nothing. On a logarithmic axis, since what
 * matters is the order of magnitude: whether a loop stood still for as long as the connect took, or for as long as the machine lets any.
 *
 * @module
 */

import { formatTime } from "./format_time.ts";
import { type Content, html, type Markup } from "./markup.ts";
import { type Axis, logAxis } from "./scales.ts";

/** What is compared, by metric, and how it is marked. The idle control comes last, so that it lies on top. */
const MARKS = [
  { metric: "source.main-loop.longest-stall-ms", text: "source, main loop", mark: "loop source" },
  { metric: "source.qmp.longest-silence-ms", text: "source, QMP", mark: "qmp source" },
  {
    metric: "destination.main-loop.longest-stall-ms",
    text: "destination, main loop",
    mark: "loop destination",
  },
  {
    metric: "destination.qmp.longest-silence-ms",
    text: "destination, QMP",
    mark: "qmp destination",
  },
  { metric: "floor.idle-loop.longest-stall-ms", text: "idle control", mark: "idle" },
] as const;

/** The figures of one arm, in milliseconds by metric. */
export interface ArmStandstills {
  readonly name: string;
  readonly figures: ReadonlyMap<string, number>;
  /** Sentences on the longest stalls of its typical run. */
  readonly why: readonly string[];
}

/** What no clock here can tell from nothing, in milliseconds. */
const LEAST_MS = 0.01;

/** The metrics that the chart shows. */
export const STANDSTILL_METRICS: readonly string[] = MARKS.map(({ metric }) => metric);

/** The chart, with a table of its figures; nothing where nothing was probed. */
export function standstillChart(arms: readonly ArmStandstills[]): Content {
  const values = arms.flatMap(({ figures }) =>
    MARKS.flatMap(({ metric }) => figures.get(metric) ?? [])
  );
  if (values.length === 0) return null;
  const axis = logAxis(values, [0, 100], LEAST_MS);
  const shown = MARKS.filter(({ metric }) => arms.some(({ figures }) => figures.has(metric)));
  const hasIdle = shown.some(({ mark }) => mark === "idle");
  return html`<figure class="chart" data-chart="standstills" data-points="${values.length}">
<div class="legend">${
    shown.map(({ text, mark }) => html`<span><i class="mark ${mark}"></i>${text}</span>`)
  }</div>
<div class="dots">${arms.map((arm) => row(arm, axis))}
<div class="dot-row axis" aria-hidden="true"><span></span><div class="track">${
    axis.ticks.map(({ at, value }) =>
      html`<span style="left:${at}%">${formatTime(value * 1000)}</span>`
    )
  }</div></div></div>
<figcaption>The longest of a run, median of the runs; ${
    hasIdle
      ? "what lies left of the idle control is the machine's doing"
      : "in virtual time an idle loop never stands still"
  }.</figcaption>
${reasons(arms)}
${table(arms, shown)}
</figure>`;
}

/** What was going on while something stood still for long. */
function reasons(arms: readonly ArmStandstills[]): Content {
  const sentences = arms.flatMap(({ name, why }) => why.map((sentence) => ({ name, sentence })));
  return sentences.length > 0 && html`
    <ul class="why">${sentences.map(({ name, sentence }) =>
      html`<li><b>${name}</b> ${sentence}</li>`
    )}</ul>
  `;
}

function row({ name, figures }: ArmStandstills, axis: Axis): Markup {
  const marks = MARKS.flatMap(({ metric, text, mark }) => {
    const ms = figures.get(metric);
    if (ms === undefined) return [];
    return html`<i class="mark ${mark}" style="left:${axis(ms)}%" title="${text}: ${
      formatTime(ms * 1000)
    }"></i>`;
  });
  return html`<div class="dot-row"><span>${name}</span><div class="track">${
    axis.ticks.map(({ at }) => html`<b style="left:${at}%"></b>`)
  }${marks}</div></div>`;
}

function table(arms: readonly ArmStandstills[], shown: readonly typeof MARKS[number][]): Markup {
  return html`
    <details class="behind">
      <summary>As a table</summary>
      <div class="scroll" tabindex="0" role="region" aria-label="Longest standstills">
        <table>
          <thead>
            <tr><th scope="col">Arm</th>${shown.map(({ text }) =>
              html`<th scope="col" class="number">${text}</th>`
            )}</tr>
          </thead>
          <tbody>${arms.map(({ name, figures }) =>
            html`<tr><th scope="row">${name}</th>${
              shown.map(({ metric }) => {
                const ms = figures.get(metric);
                return html`<td class="number">${
                  ms === undefined ? "-" : formatTime(ms * 1000)
                }</td>`;
              })
            }</tr>`
          )}</tbody>
        </table>
      </div>
    </details>
  `;
}
