/**
 * The report of a bench: the verdict, thresholds and what is unusual first, then scenario by scenario what stands behind it, and how it was
 * made.
 *
 * @module
 */

import { groupRuns, type ScenarioRuns } from "../arm_groups.ts";
import { findChanges } from "../changes.ts";
import type { Result, Verdict } from "../result.ts";
import { splitThresholds } from "../split_thresholds.ts";
import { findUnusual } from "../unusual.ts";
import { count, VERDICT_WORDS, verdictSentence } from "../verdict_sentence.ts";
import { changesSection } from "./changes_section.ts";
import { renderDocument } from "./document.ts";
import { type Content, html, type Markup } from "./markup.ts";
import { originSection } from "./origin.ts";
import { scenarioSection, type ScenarioView } from "./scenario_section.ts";
import { thresholdsSection } from "./thresholds_section.ts";
import { timelineBudget, timelineData, timelineRuns } from "./timeline.ts";
import { verdictBadge } from "./verdict_badge.ts";

/** Sentences about the unusual that are shown without being asked for. */
const UNUSUAL_SHOWN = 5;

/**
 * The text of a report's file.
 *
 * @param beside a result of the other clock, or an earlier one of the same, whose figures then stand beside.
 */
export function renderBenchPage(result: Result, beside: Result | null = null): string {
  const scenarios = groupRuns(result);
  const others = beside === null ? [] : groupRuns(beside);
  const budget = timelineBudget(scenarios);
  const views = scenarios.map((runs, index): ScenarioView => {
    const id = `scenario-${index + 1}`;
    const other = others.find(({ summary }) => summary.name === runs.summary.name);
    return {
      id,
      runs,
      timelines: timelineRuns(runs, id, budget),
      beside: beside === null || other === undefined
        ? null
        : { label: beside.clock === result.clock ? "was" : beside.clock, arms: other.arms },
    };
  });
  return renderDocument({
    title: `Faultline: ${VERDICT_WORDS[result.verdict]}`,
    body: html`${head(result)}
<main id="main">
${verdict(result)}
${
      beside !== null && beside.clock === result.clock &&
      changesSection(findChanges(result, beside), beside)
    }
${thresholdsSection(result.thresholds)}
${answers(views, result)}
${views.map((view) => scenarioSection(view, result))}
${originSection(result)}
</main>
${timelineData(views.flatMap(({ timelines }) => timelines), budget)}`,
  });
}

function head({ commit, clock, runs }: Result): Markup {
  return html`
    <header
      class="top"><b>Faultline</b> <span>bench, ${clock} time, ${count(
        runs.length,
        "run",
      )}, commit <code>${commit.slice(0, 10)}${commit.endsWith("+changes") &&
        "+changes"}</code></span></header>
  `;
}

function verdict(result: Result): Markup {
  const unusual = findUnusual(result);
  const more = unusual.slice(UNUSUAL_SHOWN);
  return html`
    <section class="verdict ${result.verdict}"
      aria-labelledby="verdict"><h1 id="verdict">${verdictBadge(
        result.verdict,
      )} ${VERDICT_WORDS[result.verdict]}</h1>
    <p class="sentence">${verdictSentence(result)}</p>
    <h2 class="small">What is unusual</h2>
    ${unusual.length === 0
      ? html`<p>Nothing.</p>`
      : html`<ul class="unusual">${
        unusual.slice(0, UNUSUAL_SHOWN).map((sentence) => html`<li>${sentence}</li>`)
      }</ul>`}${more.length > 0 &&
      html`
        <details>
          <summary>${more.length} more</summary>
          <ul class="unusual">${more.map((sentence) => html`<li>${sentence}</li>`)}</ul>
        </details>
      `}</section>
  `;
}

/** What came out, scenario by scenario: also the way to each of them. */
function answers(views: readonly ScenarioView[], result: Result): Content {
  const { byScenario } = splitThresholds(result);
  return html`
    <nav class="answers" aria-label="Scenarios">
      <h2>What came out</h2>
      <ol>${views.map(({ id, runs }) =>
        html`<li>${
          verdictBadge(verdictOf(runs, byScenario.get(runs.summary.name) ?? []))
        }<div><a href="#${id}">${runs.summary.name}</a><p>${
          runs.summary.meaning ?? runs.summary.question
        }</p></div></li>`
      )}</ol>
    </nav>
  `;
}

/** The worst of a scenario's thresholds and runs. */
function verdictOf({ arms }: ScenarioRuns, thresholds: Result["thresholds"]): Verdict {
  const verdicts = new Set(thresholds.map(({ verdict }) => verdict));
  const failed = arms.some(({ runs }) => runs.some(({ failure }) => failure !== undefined));
  if (failed || verdicts.has("fail")) return "fail";
  return verdicts.has("inconclusive") ? "inconclusive" : "pass";
}
