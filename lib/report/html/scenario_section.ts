/**
 * One scenario of a report: its question, its answer, and what stands behind it.
 *
 * @module
 */

import type { ScenarioRuns } from "../arm_groups.ts";
import { medianMetric } from "../arm_groups.ts";
import { explainStalls } from "../explain_stall.ts";
import type { Result } from "../result.ts";
import { anatomyChart } from "./anatomy_chart.ts";
import { styleArms } from "./arm_style.ts";
import { armsTable, type Beside } from "./arms_table.ts";
import { type Content, html, type Markup } from "./markup.ts";
import { scenarioOrigin } from "./origin.ts";
import { percentileChart } from "./percentile_chart.ts";
import { STANDSTILL_METRICS, standstillChart } from "./standstill_chart.ts";
import { timelinePanel, type TimelineRun } from "./timeline.ts";

/** A scenario and what is shown of it. */
export interface ScenarioView {
  readonly id: string;
  readonly runs: ScenarioRuns;
  readonly timelines: readonly TimelineRun[];
  readonly beside: Beside | null;
}

/** The section. */
export function scenarioSection(view: ScenarioView, result: Result): Markup {
  const { id, runs, timelines, beside } = view;
  const { summary, arms } = runs;
  const styles = styleArms(arms.map(({ arm }) => arm));
  const details = arms.map(({ typical }) => typical.details);
  const curves = arms.flatMap(({ shortName: name }, index) => {
    const quantiles = details[index]?.quantiles ?? [];
    return quantiles.length === 0 ? [] : { name, style: styles[index]!, quantiles };
  });
  const anatomies = arms.flatMap(({ shortName: name }, index) => {
    const bars = (details[index]?.anatomy ?? []).filter(({ of }) =>
      of === "all requests" || of === "slowest tenth"
    );
    return bars.length === 0 ? [] : { name, bars };
  });
  const standstills = arms.map(({ shortName: name, runs, typical }) => ({
    name,
    why: typical.details === undefined ? [] : explainStalls(typical.details),
    figures: new Map(STANDSTILL_METRICS.flatMap((metric) => {
      const value = medianMetric(runs, metric);
      return value === null ? [] : [[metric, value] as const];
    })),
  }));
  return html`<section class="scenario" id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${summary.name}</h2>
<p class="question">${summary.question}</p>
${summary.meaning !== null && html`<p class="meaning">${summary.meaning}</p>`}
${armsTable(runs, id, beside)}
${part("What happened, when", timelinePanel(timelines, id))}
${part("How long page requests took", percentileChart(curves, `${id}-curve`))}
${part("Where their time went", anatomyChart(anatomies))}
${part("What stood still, and for how long", standstillChart(standstills))}
${scenarioOrigin(runs, result)}
</section>`;
}

/** A chart under its heading; nothing without a chart. */
function part(heading: string, chart: Content): Content {
  return chart && html`<h3>${heading}</h3>${chart}`;
}
