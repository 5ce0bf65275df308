/**
 * How a result was made, and how to make it again: the commit, what figures depend on, the floors that were measured beside them, and
 * commands.
 *
 * @module
 */

import { median } from "../../measure/statistics.ts";
import { formatArm } from "../arm.ts";
import type { ScenarioRuns } from "../arm_groups.ts";
import { formatFigure } from "../format_figure.ts";
import type { Result } from "../result.ts";
import { type Content, html, type Markup } from "./markup.ts";
import { quoteShell } from "../quote_shell.ts";

/** Figures of the machine, measured in every run. */
const FLOORS = [
  ["floor.stream-mib-per-s", "plain sockets stream", "MiB/s"],
  ["floor.round-trip-p50-us", "a round trip over plain sockets takes", "µs"],
  ["floor.idle-loop.longest-stall-ms", "a loop that does nothing stands still for", "ms at most"],
  ["shim.connect-error-p99-ms", "the shim's connects are off by", "ms (p99)"],
  ["process.cpu-ms", "CPU time of a run", "ms"],
  ["process.peak-rss-mib", "largest resident set", "MiB"],
] as const;

/** The section about the whole result. */
export function originSection(result: Result): Markup {
  const { commit, clock, seed, environment, runs } = result;
  const prices = Object.entries(environment).filter(([name]) => name.startsWith("price."));
  const others = Object.entries(environment).filter(([name]) => !name.startsWith("price."));
  const floors = FLOORS.flatMap(([metric, text, unit]) => {
    const values = runs.flatMap(({ metrics }) => metrics[metric] ?? []);
    return values.length === 0 ? [] : row(text, `${formatFigure(median(values))} ${unit}`);
  });
  return html`
    <section id="origin" aria-labelledby="origin-title">
      <h2 id="origin-title">How this was made</h2>
      <div
        class="columns"><table><caption>Run</caption><tbody>${row("commit", commit)}${row(
          "clock",
          clock === "virtual"
            ? "virtual: exact, the same on every machine"
            : "real: this machine's",
        )}${row("first seed", seed)}${row("runs", runs.length)}${others.map(([name, value]) =>
          row(name, value)
        )}</tbody></table>
    ${floors.length > 0 &&
      html`
        <table>
          <caption>Floors, medians of the runs</caption>
          <tbody>${floors}</tbody>
        </table>
      `}
    ${prices.length > 0 &&
      html`
        <table>
          <caption>Prices of work in virtual time, µs</caption>
          <tbody>${prices.map(([name, value]) =>
            row(name.replace(/^price\.(.*)-us$/, "$1"), value)
          )}</tbody>
        </table>
      `}</div>
    </section>
  `;
}

/** How one scenario was made. */
export function scenarioOrigin({ summary, arms }: ScenarioRuns, { clock, seed }: Result): Content {
  const runs = arms.flatMap((arm) => arm.runs);
  const rules = arms.flatMap(({ name, runs: [run] }) =>
    (run?.details?.shim ?? []).map((rule) => html`<li>${name}: <code>${rule}</code></li>`)
  );
  const options = `--clock ${clock} --scenario ${quoteShell(summary.file)} --seed ${seed}`;
  const most = Math.max(...arms.map((arm) => arm.runs.length));
  const again = `deno task bench ${options}${most > 1 ? ` --runs ${most}` : ""}`;
  const [first] = arms;
  const one = first === undefined || Object.keys(first.arm).length === 0
    ? null
    : `deno task bench ${options} --arm ${quoteShell(formatArm(first.arm).replaceAll(", ", ","))}`;
  return html`<details class="made"><summary>How this was made, and how to make it again</summary>
<p>${
    summary.file === ""
      ? "The result does not say which file this scenario was read from."
      : html`Scenario: <code>${summary.file}</code>. ${runs.length} runs.`
  }</p>
${
    rules.length > 0 && html`
      <p>What the shim did:</p>
      <ul>${rules}</ul>
    `
  }
${summary.file !== "" && html`${command(again)}${one && command(one)}`}
</details>`;
}

function command(text: string): Markup {
  return html`<p class="command"><code>${text}</code> <button type="button" data-copy>Copy</button></p>`;
}

function row(name: string, value: string | number): Markup {
  return html`
    <tr>
      <th scope="row">${name}</th>
      <td>${value}</td>
    </tr>
  `;
}
