/**
 * The thresholds of a result: first those that do not hold, then the others, the nearest to their limits first. Each with its value, its
 * limit, the room that is left, and where the value stands: one decade to each side of the limit.
 *
 * @module
 */

import { formatFigure } from "../format_figure.ts";
import { allowedSide, formatMargin, marginOf } from "../margin.ts";
import type { ThresholdResult, Verdict } from "../result.ts";
import { count } from "../verdict_sentence.ts";
import { type Content, html, type Markup } from "./markup.ts";
import { verdictBadge } from "./verdict_badge.ts";

/** Thresholds that hold and are shown without being asked for. */
const SHOWN = 4;

const ORDER: Readonly<Record<Verdict, number>> = { fail: 0, inconclusive: 1, pass: 2 };

/** The section; nothing where no threshold was judged. */
export function thresholdsSection(thresholds: readonly ThresholdResult[]): Content {
  if (thresholds.length === 0) return null;
  const sorted = thresholds.toSorted((a, b) =>
    ORDER[a.verdict] - ORDER[b.verdict] || (marginOf(a) ?? -1) - (marginOf(b) ?? -1)
  );
  const broken = sorted.filter(({ verdict }) => verdict !== "pass").length;
  const first = sorted.slice(0, broken + SHOWN);
  const others = sorted.slice(first.length);
  return html`
    <section id="thresholds"
      aria-labelledby="thresholds-title"><h2 id="thresholds-title">Thresholds</h2>
    <ul class="thresholds">${first.map(row)}</ul>
    ${others.length > 0 &&
      html`
        <details>
          <summary>${count(others.length, "threshold")} more, with more room left</summary>
          <ul class="thresholds">${others.map(row)}</ul>
        </details>
      `}
    </section>
  `;
}

function row(threshold: ThresholdResult): Markup {
  const { expression, value, limit, verdict } = threshold;
  const margin = marginOf(threshold);
  const [metric, where, comparison] = splitExpression(expression);
  return html`<li class="threshold ${verdict}">${verdictBadge(verdict)}
<div class="what"><code>${metric}</code>${
    where && html`
      <span class="where">${where}</span>
    `
  }${
    comparison && html`
      <code>${comparison}</code>
    `
  }</div>
<div class="figures"><b>${value === null ? "not measured" : formatFigure(value)}</b> <span>limit ${
    limit === null ? "not measured" : formatFigure(limit)
  }</span> <span class="margin">${margin === null ? "" : formatMargin(margin)}</span></div>
${bullet(threshold)}</li>`;
}

/** Where the value stands beside its limit, which is in the middle. */
function bullet(threshold: ThresholdResult): Content {
  const { value, limit } = threshold;
  const side = allowedSide(threshold);
  if (value === null || limit === null || limit <= 0 || side === null) {
    return html`<div class="bullet none"></div>`;
  }
  const decades = value <= 0 ? -1 : Math.min(1, Math.max(-1, Math.log10(value / limit)));
  return html`<div class="bullet ${side}" aria-hidden="true"><i style="left:${
    50 + 48 * decades
  }%"></i></div>`;
}

/**
 * A threshold in three parts that are easier to read than one: metric, arm, comparison. What is more than one term stays as it is.
 */
function splitExpression(expression: string): readonly [string, string, string] {
  const [, metric, where, comparison] =
    /^([a-z0-9.-]+)\[([^\]]*)\] ((?:[<>]=?) .*)$/s.exec(expression) ?? [];
  if (metric === undefined || where === undefined || comparison === undefined) {
    return [expression, "", ""];
  }
  return [metric, where.replace(/^scenario=/, ""), shortened(comparison, where)];
}

/** A limit of the same arm's figures does not name it again. */
function shortened(comparison: string, where: string): string {
  return comparison.replaceAll(`[${where}]`, "").replaceAll("[scenario=", "[");
}
