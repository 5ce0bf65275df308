/**
 * The report of a chaos campaign: the verdict and how much was tried, each violation with its shrunk plan as a sequence diagram, then oracles
 * and coverage.
 *
 * @module
 */

import type { ChaosResult } from "../chaos_result.ts";
import {
  CHAOS_VERDICTS,
  CHAOS_WORDS,
  chaosSentence,
  commandsAgain,
  oraclesOf,
  rarePathsOf,
} from "../chaos_verdict.ts";
import { formatFigure } from "../format_figure.ts";
import { count } from "../verdict_sentence.ts";
import { coverageTables } from "./coverage_table.ts";
import { renderDocument } from "./document.ts";
import { type Content, html, type Markup } from "./markup.ts";
import { sequenceDiagram } from "./sequence_diagram.ts";
import { verdictBadge } from "./verdict_badge.ts";

type Violation = ChaosResult["violations"][number];

/** The text of a report's file. */
export function renderChaosPage(result: ChaosResult): string {
  const { verdict, commit, strategy } = result;
  return renderDocument({
    title: `Faultline: ${CHAOS_WORDS[verdict]}`,
    body: html`
      <header
        class="top"><b>Faultline</b> <span>chaos, virtual time, ${count(
          result.seeds,
          "seed",
        )}, strategy ${strategy}, commit <code>${commit.slice(0, 10)}</code></span></header>
      <main id="main">
      <section class="verdict ${CHAOS_VERDICTS[
        verdict
      ]}" aria-labelledby="verdict"><h1 id="verdict">${verdictBadge(
        CHAOS_VERDICTS[verdict],
      )} ${CHAOS_WORDS[verdict]}</h1>
      <p class="sentence">${chaosSentence(result)}</p>
      ${tiles(result)}</section>
      ${violations(result)}
      ${result.mutants === undefined ? whatWasTried(result) : mutants(result.mutants)}
      ${origin(result)}
      </main>
    `,
  });
}

function tiles(result: ChaosResult): Markup {
  const { seeds, seconds, seedsPerSecond, repeated, coverage } = result;
  const paths = Object.values(coverage.marks);
  const tile = (value: string, text: string) => html`<div><b>${value}</b> ${text}</div>`;
  return html`<div class="tiles">${tile(String(seeds), seeds === 1 ? "seed" : "seeds")}${
    tile(formatFigure(seedsPerSecond), "seeds a second")
  }${tile(`${formatFigure(seconds)} s`, "in all")}${
    tile(String(repeated), "ran twice, to see that they take the same steps")
  }${
    tile(`${paths.filter((runs) => runs > 0).length} of ${paths.length}`, "rare paths taken")
  }</div>`;
}

function violations({ violations }: ChaosResult): Content {
  if (violations.length === 0) return null;
  return html`
    <section
      aria-labelledby="violations"><h2 id="violations">What did not hold</h2>${violations.map(
        violation,
      )}</section>
  `;
}

function violation(one: Violation): Markup {
  const { oracle, message, shrunk } = one;
  return html`<article class="violation"><h3>${verdictBadge("fail")} ${oracle}</h3><p>${message}</p>
<p class="command"><code>${commandsAgain(one).at(
    -1,
  )!}</code> <button type="button" data-copy>Copy</button></p>
${
    shrunk !== null &&
    html`<p class="small">Shrunk to ${count(shrunk.faults, "fault")} in ${
      count(shrunk.tries, "try").replace(/trys$/, "tries")
    }${shrunk.minimal ? "; without any one of them it passes" : ""}.</p>${
      shrunk.sequence !== undefined &&
      html`<ol class="plan">${
        shrunk.sequence.faults.map((fault) => html`<li><code>${fault}</code></li>`)
      }</ol>${sequenceDiagram(shrunk.sequence)}`
    }`
  }</article>`;
}

function whatWasTried(result: ChaosResult): Markup {
  return html`
    ${oracles(result)}
    <section aria-labelledby="coverage">
      <h2 id="coverage">What was covered</h2>
      ${coverageTables(result)}${marks(result)}
    </section>
  `;
}

type Mutant = NonNullable<ChaosResult["mutants"]>[number];

/** The known defects that were hunted, each by a campaign of its own. */
function mutants(mutants: readonly Mutant[]): Markup {
  const row = ({ id, found, oracle, seeds, seconds, faultsInPlan }: Mutant) =>
    html`
      <tr class="${found ? "pass" : "fail"}">
        <td>${verdictBadge(found ? "pass" : "fail")}</td>
        <th scope="row">${id}</th>
        <td>${oracle ?? "not found"}</td>
        <td class="number">${seeds}</td>
        <td class="number">${formatFigure(seconds)}</td>
        <td class="number">${faultsInPlan}</td>
      </tr>
    `;
  return html`
    <section aria-labelledby="mutants">
      <h2 id="mutants">Known defects</h2>
      ${scrollTable("Known defects", MUTANT_COLUMNS, mutants.map(row))}
    </section>
  `;
}

/** Every oracle, those that did not hold first. */
function oracles(result: ChaosResult): Content {
  const { meanings, violations, unknown } = result;
  if (meanings === undefined) return null;
  const row = ([name, states]: readonly [string, string]) => {
    const broken = violations.filter(({ oracle }) => oracle === name).length;
    const unsaid = unknown.filter(({ oracle }) => oracle === name).length;
    const mark = broken > 0 ? "fail" : unsaid > 0 ? "inconclusive" : "pass";
    return html`
      <tr class="${mark}">
        <td>${verdictBadge(mark)}</td>
        <th scope="row">${name}</th>
        <td>${states}</td>
        <td class="number">${broken > 0 && broken}</td>
      </tr>
    `;
  };
  return html`
    <section aria-labelledby="oracles">
      <h2 id="oracles">Oracles</h2>
      ${scrollTable("Oracles", ORACLE_COLUMNS, [...oraclesOf(result)].map(row))}
    </section>
  `;
}

function marks(result: ChaosResult): Markup {
  const rows = rarePathsOf(result).map(([name, runs]) =>
    html`
      <tr>
        <th scope="row">${name}</th>
        <td class="number ${runs === 0 && "gap"}">${runs}</td>
        <td>${result.meanings?.marks[name] ?? ""}</td>
      </tr>
    `
  );
  return html`
    <h3>Rare paths, the rarest first</h3>
    ${scrollTable("Rare paths", MARK_COLUMNS, rows)}
  `;
}

/** A column's heading, and whether it holds numbers. */
type Column = readonly [heading: string, isNumber?: "number"];

const MUTANT_COLUMNS: readonly Column[] = [
  [""],
  ["defect"],
  ["oracle"],
  ["seeds", "number"],
  ["seconds", "number"],
  ["faults", "number"],
];
const ORACLE_COLUMNS: readonly Column[] = [[""], ["oracle"], ["states"], ["violations", "number"]];
const MARK_COLUMNS: readonly Column[] = [["path"], ["runs", "number"], ["it happened that"]];

/** A table that scrolls by itself where the page is narrow. */
function scrollTable(label: string, columns: readonly Column[], rows: readonly Markup[]): Markup {
  const headings = columns.map(([heading, isNumber]) =>
    html`<th scope="col" class="${isNumber}">${heading}</th>`
  );
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label="${label}">
      <table>
        <thead>
          <tr>${headings}</tr>
        </thead>
        <tbody>${rows}</tbody>
      </table>
    </div>
  `;
}

function origin(result: ChaosResult): Markup {
  const { commit, code, baseSeed, strategy, shard, traceHash, environment, seeds } = result;
  const rows: readonly (readonly [string, string | number])[] = [
    ["commit", commit],
    ["code", code],
    ["base seed", baseSeed],
    ["strategy", strategy],
    ...shard === undefined ? [] : [["shard", shard] as const],
    ["trace hash", traceHash],
    ...Object.entries(environment),
  ];
  const part = shard === undefined ? "" : ` --shard ${shard}`;
  const what = result.mutants === undefined
    ? `--seeds ${seeds}`
    : `--mutant ${result.mutants.map(({ id }) => id).join(",")}`;
  const again = `deno task chaos --seed ${baseSeed} ${what} --strategy ${strategy}${part}`;
  return html`
    <section aria-labelledby="origin">
      <h2 id="origin">How this was made</h2>
      <div class="columns">
        <table>
          <tbody>${rows.map(([name, value]) =>
            html`
              <tr>
                <th scope="row">${name}</th>
                <td>${value}</td>
              </tr>
            `
          )}</tbody>
        </table>
      </div>
      <p class="command"><code>${again}</code> <button type="button" data-copy>Copy</button></p>
    </section>
  `;
}
