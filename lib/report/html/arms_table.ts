/**
 * The arms of a scenario as a table: what varies, a run at a glance, and the figures that answer the scenario's question; beside them those of
 * another result, where there is one.
 *
 * @module
 */

import { isMetricName, METRICS } from "../../measure/metrics.ts";
import type { Arm } from "../arm.ts";
import { type ArmRuns, medianMetric, type ScenarioRuns, valuesOf } from "../arm_groups.ts";
import { formatFigure } from "../format_figure.ts";
import { formatSpread } from "../format_spread.ts";
import type { Result } from "../result.ts";
import { type Content, html, type Markup } from "./markup.ts";
import { strip, stripAxis } from "./strip.ts";
import { timelineKey } from "./timeline.ts";

/** Another result, and what its figures are called. */
export interface Beside {
  readonly label: Result["clock"] | "was";
  readonly arms: readonly ArmRuns[];
}

/** The table. @param id of the scenario, whose timeline a click on a strip shows. */
export function armsTable(
  { summary, arms }: ScenarioRuns,
  id: string,
  beside: Beside | null,
): Markup {
  const axes = [...new Set(arms.flatMap(({ arm }) => Object.keys(arm)))];
  const metrics = summary.show.filter((metric) =>
    arms.some(({ runs }) => runs.some((run) => run.metrics[metric] !== undefined))
  );
  const details = arms.map(({ typical }) => typical.details);
  const x = stripAxis(details.flatMap((one) => one ?? []));
  const hasStrips = details.some((one) => one !== undefined);
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label="Arms of ${summary.name}">
      <table class="arms">
        <thead>
          <tr>${axes.map((axis) => html`<th scope="col">${axis}</th>`)}${hasStrips &&
            html`<th scope="col">at a glance</th>`}${metrics.map((metric) =>
              html`<th scope="col" class="number">${metricHeading(metric)}</th>`
            )}<th scope="col">guest</th></tr>
        </thead>
        <tbody>${arms.map(({ arm, name, runs, typical }, index) => {
          const detail = details[index];
          const other = beside?.arms.find((one) => one.name === name)?.runs;
          return html`<tr>${axisCells(axes, arm)}${
            hasStrips && html`<td class="glance">${
              detail && html`
                <button type="button" data-show="${timelineKey(
                  id,
                  index,
                  runs.indexOf(typical),
                )}" data-timeline="${id}-timeline"
                  aria-label="Show the timeline of ${name}">${strip(detail, x)}</button>
              `
            }</td>`
          }${
            metrics.map((metric) =>
              html`<td class="number">${cell(medianMetric(runs, metric))}${
                spreadCell(valuesOf(runs, metric))
              }${other && beside && besideCell(beside.label, medianMetric(other, metric))}</td>`
            )
          }<td>${outcome(runs)}</td></tr>`;
        })}</tbody>
      </table>
    </div>${hasStrips && STRIP_LEGEND}${describeRuns(arms)}
  `;
}

/** What a figure is, and which run the charts show, where there are several. */
function describeRuns(arms: readonly ArmRuns[]): Content {
  const most = Math.max(...arms.map(({ runs }) => runs.length));
  return most > 1 && html`
    <p
      class="small">Figures are medians of ${most} runs; where these differ, the least and the greatest stand below.
    Charts of single runs show the one that is nearest to the medians.</p>
  `;
}

const STRIP_LEGEND = html`
  <p
    class="legend small"><span>At a glance, all on one scale of time:</span><span><i class="box still"></i>source stood still</span><span><i class="box guest-source"></i>guest on the source</span><span><i class="box guest-destination"></i>on the destination</span><span><i class="box connect"></i>preempt connects</span></p>
`;

/** The first axis is the row's heading. */
function axisCells(axes: readonly string[], arm: Arm): Content {
  return axes.map((axis, index) =>
    index === 0
      ? html`<th scope="row">${String(arm[axis] ?? "")}</th>`
      : html`<td>${String(arm[axis] ?? "")}</td>`
  );
}

/** A metric's name, broken at its dots, with its meaning behind it. */
function metricHeading(metric: string): Markup {
  const meaning = isMetricName(metric) ? METRICS[metric].meaning : "";
  const parts = metric.split(/(?<=\.)/);
  return html`<abbr title="${meaning}">${parts.map((part) => html`${part}<wbr>`)}</abbr>`;
}

function cell(value: number | null): string {
  return value === null ? "-" : formatFigure(value);
}

/** How far the runs are apart. */
function spreadCell(values: readonly number[]): Content {
  const spread = formatSpread(values);
  return spread !== "" && html`<small>${spread}</small>`;
}

/** The other result's figure; nothing where it has none. */
function besideCell(label: Beside["label"], value: number | null): Content {
  return value !== null && html`<small>${label} ${formatFigure(value)}</small>`;
}

function outcome(runs: ArmRuns["runs"]): Content {
  const guests = [...new Set(runs.map(({ outcome }) => outcome.guest))].join(" or ");
  const wrong = runs.filter(({ outcome, failure }) =>
    outcome.ram === "different" || failure !== undefined
  );
  return html`${guests}${
    wrong.length > 0 && html`
      <span class="bad">${wrong.length} failed</span>
    `
  }`;
}
