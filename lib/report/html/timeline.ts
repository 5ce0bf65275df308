/**
 * The timeline of a scenario: one panel in which a reader chooses a run, and the data of the runs that can be chosen. The panel is drawn in
 * the browser (`client.ts`), since zooming and hovering need it; what it says is in the table beside it for those who do not see it.
 *
 * The hard thing is the size of a file with many runs: a report keeps fewer runs of each arm then, and fewer requests of each run, but
 * always the slowest ones.
 *
 * @module
 */

import type { ScenarioRuns } from "../arm_groups.ts";
import { keepGreatest, keepPeaks } from "../keep_peaks.ts";
import {
  REQUEST_POINTS,
  type RequestColumns,
  type RunDetails,
  type Standstills,
} from "../run_details.ts";
import { type Content, html, json, type Markup, trusted } from "./markup.ts";

/** What all timelines of a report may hold. */
const RUNS_MAX = 120;
const REQUESTS_MAX = 9000;
const STANDSTILLS_MAX = 5000;
/** What is left of a run in any case. */
const LEAST = 40;

/** How much of each run a report keeps. */
export interface TimelineBudget {
  readonly runsOfArm: number;
  readonly requestsOfRun: number;
  readonly standstillsOfList: number;
}

/** A run that can be chosen. */
export interface TimelineRun {
  readonly key: string;
  readonly name: string;
  readonly details: RunDetails;
}

/** Divides what a report may hold among its runs. */
export function timelineBudget(scenarios: readonly ScenarioRuns[]): TimelineBudget {
  const arms = Math.max(1, scenarios.reduce((sum, { arms }) => sum + arms.length, 0));
  const most = Math.max(1, ...scenarios.flatMap(({ arms }) => arms.map(({ runs }) => runs.length)));
  const runsOfArm = Math.min(most, Math.max(1, Math.floor(RUNS_MAX / arms)));
  const runs = arms * runsOfArm;
  return {
    runsOfArm,
    requestsOfRun: Math.max(LEAST, Math.floor(REQUESTS_MAX / runs)),
    // Five lists in a run.
    standstillsOfList: Math.max(LEAST, Math.floor(STANDSTILLS_MAX / runs / 5)),
  };
}

/** The runs of a scenario that can be chosen. */
export function timelineRuns(
  { arms }: ScenarioRuns,
  id: string,
  budget: TimelineBudget,
): TimelineRun[] {
  return arms.flatMap(({ shortName, runs, typical }, arm) => {
    const others = runs.filter((run) => run !== typical).slice(0, budget.runsOfArm - 1);
    return runs.flatMap((run, number) => {
      if (run.details === undefined || (run !== typical && !others.includes(run))) return [];
      const of = runs.length === 1
        ? ""
        : ` (run ${number + 1} of ${runs.length}, seed ${run.details.seed})`;
      return { key: timelineKey(id, arm, number), name: `${shortName}${of}`, details: run.details };
    });
  });
}

/** What names a run in the page. @param id of the scenario, in which `arm` and `run` are counted from 0. */
export function timelineKey(id: string, arm: number, run: number): string {
  return `${id}-${arm}-${run}`;
}

/** The run that a reader sees first: the one in which something took longest. */
function mostTelling(runs: readonly TimelineRun[]): TimelineRun {
  const longestUs = ({ details: { sides: { source }, requests } }: TimelineRun) =>
    Math.max(
      0,
      ...[source.stalls, source.silences].flatMap((list) =>
        list?.longest.map(([, us]) => us) ?? []
      ),
      ...requests.latencyUs,
    );
  return runs.reduce((most, run) => longestUs(run) > longestUs(most) ? run : most);
}

const DOTS =
  html`<span><i class="box way2"></i>page request, served over preempt</span><span><i class="box way1"></i>over main</span><span><i class="box way0"></i>the background scan was first</span>`;

/** What dots and shades are; nothing about dots where no run has one. */
function legend(hasRequests: boolean): Markup {
  return html`<p class="legend ways">${
    hasRequests && DOTS
  }<span><i class="box shade"></i>slow connect, or paused</span></p>`;
}

const SLOWEST = html`<button type="button" data-zoom="slowest">Slowest request</button>`;
const WHAT_A_DOT_IS =
  "A dot is a page request at the time when a vCPU blocked, as high as it took.";

/** The panel; nothing where no run has details. */
export function timelinePanel(runs: readonly TimelineRun[], id: string): Content {
  if (runs.length === 0) return null;
  const { key: first } = mostTelling(runs);
  const hasRequests = runs.some(({ details }) => details.requests.page.length > 0);
  return html`
    <figure class="chart timeline" data-chart="timeline" id="${id}-timeline">
      <div
        class="controls"><label class="choose">Run <select data-role="run">${runs.map((
          { key, name },
        ) =>
          html`
            <option value="${key}" ${key === first && trusted(" selected")}>${name}</option>
          `
        )}</select></label>
    <span class="buttons" role="group" aria-label="Zoom"><button type="button" data-zoom="whole">Whole run</button><button type="button" data-zoom="switch">The switch</button>${hasRequests &&
      SLOWEST}<button type="button" data-zoom="in" aria-label="Zoom in">+</button><button type="button" data-zoom="out" aria-label="Zoom out">−</button></span></div>
      <div class="panel" tabindex="0" role="group"
        aria-label="Timeline; arrow keys move it, plus and minus zoom, 0 shows all"><noscript>The timeline needs scripts; the tables do not.</noscript></div>
      ${legend(hasRequests)}<figcaption>Milliseconds since <code>migrate</code>. ${hasRequests &&
        WHAT_A_DOT_IS} Drag to zoom, or use the arrow keys, <kbd>+</kbd>, <kbd>−</kbd> and <kbd>0</kbd>.</figcaption>
      <details class="behind">
        <summary>As a table</summary>
        <div class="scroll" tabindex="0" role="region" aria-label="What happened in the run, in order">
          <table class="happened">
            <thead>
              <tr>
                <th scope="col" class="number">Time</th>
                <th scope="col">Where</th>
                <th scope="col">What</th>
              </tr>
            </thead>
            <tbody></tbody>
          </table>
        </div>
      </details>
    </figure>
  `;
}

/** The data of all timelines, for the script. */
export function timelineData(runs: readonly TimelineRun[], budget: TimelineBudget): Markup {
  const byKey = Object.fromEntries(
    runs.map(({ key, details }) => [key, trimDetails(details, budget)]),
  );
  return html`<script type="application/json" id="timelines">${json(byKey)}</script>`;
}

/** What the script draws of a run. */
function trimDetails(details: RunDetails, budget: TimelineBudget) {
  const { beginUs, endUs, sides, idle, guest, commands, connects, closed, requests } = details;
  const list = (stalls: Standstills | null) =>
    keepGreatest(stalls?.longest ?? [], budget.standstillsOfList, ([, us]) => us);
  const side = ({ statuses, stalls, silences }: RunDetails["sides"]["source"]) => ({
    statuses,
    stalls: list(stalls),
    silences: list(silences),
  });
  return {
    ...{ beginUs, endUs, guest, commands, connects, closed },
    sides: { source: side(sides.source), destination: side(sides.destination) },
    idle: idle && list(idle),
    requests: trimRequests(requests, budget.requestsOfRun),
  };
}

/** The columns of fewer requests; each point on its way where it was seen, in the order of `REQUEST_POINTS`. */
function trimRequests(requests: RequestColumns, most: number) {
  const { total, page, vcpu, atUs, latencyUs, blameUs, servedBy, channel, points } = requests;
  const kept = keepPeaks([...page.keys()], most, (index) => latencyUs[index]!);
  const pick = <T>(column: readonly T[]) => kept.map((index) => column[index]!);
  return {
    total,
    kept: kept.length,
    page: pick(page),
    vcpu: pick(vcpu),
    atUs: pick(atUs),
    latencyUs: pick(latencyUs),
    blameUs: pick(blameUs),
    // 0: the background scan was first, 1: asked for, over main, 2: asked for, over preempt.
    way: kept.map((index) =>
      servedBy[index] === "background" ? 0 : channel[index] === "preempt" ? 2 : 1
    ),
    points: REQUEST_POINTS.map((point) => pick(points[point])),
  };
}

/** What `client.ts` finds in the page for each run. */
export type TimelineData = ReturnType<typeof trimDetails>;
