// deno-lint-ignore-file no-console -- printing is what this program is for
/**
 * Makes a recording of noise, `tests/data/compare-noise.json`, of comparisons of a revision with itself: each is a stretch of runs that
 * followed one another.
 *
 *     deno task compare --base HEAD --json aa/1.json    # some of them
 *     deno run --allow-read --allow-env tests/tools/collect_noise.ts aa/*.json > tests/data/compare-noise.json
 *
 * @module
 */

import { baseGoesFirst } from "../../bench/compare/looks.ts";
import type { ComparedFigure, Comparison } from "../../lib/report/comparison.ts";

/** The values of all runs in the order in which they were made, by scenario and metric. */
function readStretch(file: string): Record<string, readonly number[]> {
  const { base, head, figures }: Comparison = JSON.parse(Deno.readTextFileSync(file));
  if (base.commit !== head.commit) throw new TypeError(`${file} compares two revisions`);
  return Object.fromEntries(
    figures.map((figure) => [`${figure.scenario} ${figure.metric}`, inOrder(figure)]),
  );
}

function inOrder({ base, head }: ComparedFigure): number[] {
  return base.flatMap((value, pair) => {
    const both = [value, head[pair]!];
    return (baseGoesFirst(pair) ? both : both.toReversed()).map(shorten);
  });
}

function shorten(value: number): number {
  return Number(value.toPrecision(5));
}

const stretches = Deno.args.map(readStretch).map((stretch) =>
  Object.entries(stretch).map(([name, values]) =>
    `    ${JSON.stringify(name)}: ${JSON.stringify(values)}`
  )
);
const text = stretches.map((lines) => `  {\n${lines.join(",\n")}\n  }`).join(",\n");
console.log(`{\n"stretches": [\n${text}\n]}`);
