/**
 * A run of chaos as a sequence diagram: a column for each who takes part, time downwards. A list underneath, so that it can be read aloud.
 *
 * @module
 */

import { LIFELINES, type Sequence, type SequenceStep } from "../chaos_sequence.ts";
import { formatTime } from "./format_time.ts";
import { html, type Markup } from "./markup.ts";

type Lifeline = typeof LIFELINES[number];

/** The diagram. */
export function sequenceDiagram({ steps, leftOut }: Sequence): Markup {
  const shown = LIFELINES.filter((name) =>
    steps.some(({ from, to, kind }) => kind !== "note" && (from === name || to === name))
  );
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label="Sequence of the run">
      <div class="sequence" style="--lifelines:${shown.length}" data-chart="sequence"
        data-points="${steps.length}">
        <div class="step heads" aria-hidden="true"><span></span>${shown.map((name) =>
          html`<b>${name}</b>`
        )}</div>
        <div class="lifelines" aria-hidden="true"><span></span>${shown.map(() =>
          html`<i></i>`
        )}</div>
        <ol>${steps.map((step) => row(step, shown))}</ol>
      </div>
    </div>${leftOut > 0 && html`<p class="small">${leftOut} steps further away are left out.</p>`}
  `;
}

function row(step: SequenceStep, shown: readonly Lifeline[]): Markup {
  const { atUs, from, to, kind, text } = step;
  const [left, right] = kind === "note"
    ? [0, shown.length - 1]
    : [shown.indexOf(from), shown.indexOf(to)].sort((a, b) => a - b) as [number, number];
  const direction = kind === "note" || from === to
    ? "self"
    : shown.indexOf(from) < shown.indexOf(to)
    ? "right"
    : "left";
  const who = kind === "note" ? "" : from === to ? `${from}: ` : `${from} to ${to}: `;
  // The first column holds the time.
  return html`
    <li
      class="step"><time>${formatTime(
        atUs,
      )}</time><span class="arrow ${kind} ${direction}" style="grid-column:${left + 2}/${right +
        3};--span:${right - left +
        1}" title="${who}${text}"><span class="away">${who}</span><em>${text}</em></span></li>
  `;
}
