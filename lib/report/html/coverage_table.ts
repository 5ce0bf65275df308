/**
 * What a campaign has covered: in how many runs each kind of fault struck while a side was in each status. The darker a cell, the more often;
 * what no run can hit is told from what none has.
 *
 * @module
 */

import type { ChaosResult } from "../chaos_result.ts";
import { type Content, html, type Markup } from "./markup.ts";

type Side = "source" | "destination";

/** The tables of both sides. */
export function coverageTables(result: ChaosResult): Markup {
  const { coverage, meanings } = result;
  const greatest = Math.max(
    1,
    ...(["source", "destination"] as const).flatMap((side) =>
      Object.values(coverage[side]).flatMap((counts) => Object.values(counts))
    ),
  );
  const table = (side: Side) => {
    const met = Object.values(coverage[side]).flatMap((counts) => Object.keys(counts));
    const statuses = meanings?.statuses[side] ?? [...new Set(met)];
    return html`
      <h3>Faults by the status of the ${side}</h3>
      <div class="scroll" tabindex="0" role="region" aria-label="Coverage of the ${side}">
        <table class="coverage" data-chart="coverage">
          <thead>
            <tr><th scope="col">fault</th>${statuses.map((status) =>
              html`<th scope="col"><span>${status}</span></th>`
            )}</tr>
          </thead>
          <tbody>${Object.entries(coverage[side]).map(([fault, counts]) =>
            html`<tr><th scope="row" title="${meanings?.faults[fault] ?? ""}">${fault}</th>${
              statuses.map((status) => {
                const reason = meanings?.unreachable.find(([one, kind, in_]) =>
                  one === side && kind === fault && in_ === status
                )?.[3];
                return cell(counts[status] ?? 0, greatest, reason);
              })
            }</tr>`
          )}</tbody>
        </table>
      </div>
    `;
  };
  return html`${table("source")}${table("destination")}`;
}

function cell(count: number, greatest: number, reason: string | undefined): Content {
  if (count === 0 && reason !== undefined) return html`<td class="never" title="${reason}">-</td>`;
  if (count === 0) return html`<td class="gap" title="not covered">0</td>`;
  const share = Math.log1p(count) / Math.log1p(greatest);
  return html`<td style="--share:${(share * 100).toFixed(0)}%">${count}</td>`;
}
