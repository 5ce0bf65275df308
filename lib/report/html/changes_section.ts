/**
 * What differs from an earlier result, on the first screen of a report.
 *
 * @module
 */

import type { Change, Changes } from "../changes.ts";
import { formatFigure } from "../format_figure.ts";
import { formatPercent } from "../format_percent.ts";
import type { Result } from "../result.ts";
import { count } from "../verdict_sentence.ts";
import { type Content, html, type Markup } from "./markup.ts";

/** Changes that are shown without being asked for. */
const SHOWN = 5;

/** The section. */
export function changesSection({ figures, unpaired }: Changes, earlier: Result): Markup {
  const lines = [
    ...unpaired.map((sentence) => html`<li>${sentence}</li>`),
    ...figures.map((change) => html`<li>${describe(change)}</li>`),
  ];
  const more = lines.slice(SHOWN);
  return html`
    <section id="changes" aria-labelledby="changes-title">
      <h2 id="changes-title">Since the earlier result</h2>
      <p>${summary(figures, earlier)}</p>
      ${lines.length > 0 &&
        html`<ul class="unusual">${lines.slice(0, SHOWN)}</ul>`}${more.length > 0 && html`
        <details>
          <summary>${more.length} more</summary>
          <ul class="unusual">${more}</ul>
        </details>
      `}
    </section>
  `;
}

function summary(figures: readonly Change[], { clock, commit }: Result): string {
  const [better, worse] = (["better", "worse"] as const).map((verdict) =>
    figures.filter((one) => one.verdict === verdict).length
  );
  const of = `Commit ${commit.slice(0, 10)}: `;
  const differing = figures.length === 0
    ? "no figure differs"
    : `${count(figures.length, "figure")} ${
      figures.length === 1 ? "differs" : "differ"
    }, ${better} for the better and ${worse} for the worse`;
  return clock === "virtual"
    ? `${of}${differing}.`
    : `${of}${differing}, counting what no run of the one result reaches in the other, from 5 % on. The two were made at ` +
      "different times, so it may be the machine's doing: deno task compare runs two revisions in turns.";
}

function describe({ scenario, arm, metric, before, now, share, verdict }: Change): Content {
  const change = share === null ? "" : `, ${formatPercent(share, "+")}`;
  return html`${scenario}, ${arm}: ${metric} ${formatFigure(before)} → <b>${
    formatFigure(now)
  }</b>${change} ${verdict !== "different" && html`<span class="${verdict}">${verdict}</span>`}`;
}
