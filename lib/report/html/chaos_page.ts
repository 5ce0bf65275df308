/**
 * The report of a chaos campaign: the verdict and how much was tried, each violation with its shrunk plan as a sequence diagram, then oracles
 * and coverage.
 *
 * @module
 */

import type { ChaosResult } from "../chaos_result.ts";
import { formatFigure } from "../format_figure.ts";
import type { Verdict } from "../result.ts";
import { count } from "../verdict_sentence.ts";
import { coverageTables } from "./coverage_table.ts";
import { renderDocument } from "./document.ts";
import { type Content, html, type Markup } from "./markup.ts";
import { quoteShell } from "./quote_shell.ts";
import { sequenceDiagram } from "./sequence_diagram.ts";
import { verdictBadge } from "./verdict_badge.ts";

type Violation = ChaosResult["violations"][number];

/** A campaign's verdicts in the words of a bench's, for the marks. */
const MARKS: Readonly<Record<ChaosResult["verdict"], Verdict>> = {
  holds: "pass",
  violated: "fail",
  unknown: "inconclusive",
};
const WORDS: Readonly<Record<ChaosResult["verdict"], string>> = {
  holds: "Everything held",
  violated: "Violated",
  unknown: "Unknown",
};

/** The text of a report's file. */
export function renderChaosPage(result: ChaosResult): string {
  const { verdict, commit, strategy } = result;
  return renderDocument({
    title: `Faultline: ${WORDS[verdict]}`,
    body: html`
      <header
        class="top"><b>Faultline</b> <span>chaos, virtual time, ${count(
          result.seeds,
          "seed",
        )}, strategy ${strategy}, commit <code>${commit.slice(0, 10)}</code></span></header>
      <main id="main">
      <section class="verdict ${MARKS[
        verdict
      ]}" aria-labelledby="verdict"><h1 id="verdict">${verdictBadge(
        MARKS[verdict],
      )} ${WORDS[verdict]}</h1>
      <p class="sentence">${sentence(result)}</p>
      ${tiles(result)}</section>
      ${violations(result)}
      ${oracles(result)}
      <section aria-labelledby="coverage"><h2 id="coverage">What was covered</h2>${coverageTables(
        result,
      )}${marks(result)}</section>
      ${origin(result)}
      </main>
    `,
  });
}

function sentence({ verdict, violations, unknown, seeds }: ChaosResult): string {
  const oracles = new Set(violations.map(({ oracle }) => oracle));
  switch (verdict) {
    case "holds":
      return `Every oracle held in every one of ${seeds} runs.`;
    case "violated":
      return `${count(oracles.size, "oracle")} did not hold: ${[...oracles].join(", ")}; seen in ${
        count(new Set(violations.map(({ seed }) => seed)).size, "run")
      } of ${seeds}.`;
    case "unknown":
      return `Nothing is known to be wrong, but of ${
        count(unknown.length, "run")
      } an oracle could not say.`;
  }
}

function tiles(result: ChaosResult): Markup {
  const { seeds, seconds, seedsPerSecond, repeated, coverage } = result;
  const paths = Object.values(coverage.marks);
  const tile = (value: string, text: string) => html`<div><b>${value}</b> ${text}</div>`;
  return html`<div class="tiles">${tile(String(seeds), "seeds")}${
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

function violation({ oracle, seed, message, repro, shrunk }: Violation): Markup {
  const again = repro === null
    ? `deno task chaos --seed ${seed}`
    : `deno task chaos --replay ${quoteShell(repro)}`;
  return html`<article class="violation"><h3>${verdictBadge("fail")} ${oracle}</h3><p>${message}</p>
<p class="command"><code>${again}</code> <button type="button" data-copy>Copy</button></p>
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

function oracles({ meanings, violations, unknown }: ChaosResult): Content {
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
      <div class="scroll" tabindex="0" role="region" aria-label="Oracles">
        <table>
          <thead>
            <tr>
              <th scope="col"></th>
              <th scope="col">oracle</th>
              <th scope="col">states</th>
              <th scope="col" class="number">violations</th>
            </tr>
          </thead>
          <tbody>${Object.entries(meanings.oracles).map(row)}</tbody>
        </table>
      </div>
    </section>
  `;
}

function marks({ coverage, meanings }: ChaosResult): Markup {
  const sorted = Object.entries(coverage.marks).sort(([, a], [, b]) => a - b);
  return html`
    <h3>Rare paths, the rarest first</h3>
    <div class="scroll" tabindex="0" role="region" aria-label="Rare paths">
      <table>
        <thead>
          <tr>
            <th scope="col">path</th>
            <th scope="col" class="number">runs</th>
            <th scope="col">it happened that</th>
          </tr>
        </thead>
        <tbody>${sorted.map(([name, runs]) =>
          html`
            <tr>
              <th scope="row">${name}</th>
              <td class="number ${runs === 0 && "gap"}">${runs}</td>
              <td>${meanings?.marks[name] ?? ""}</td>
            </tr>
          `
        )}</tbody>
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
  const again = `deno task chaos --seed ${baseSeed} --seeds ${seeds} --strategy ${strategy}${part}`;
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
