// deno-lint-ignore-file no-console -- printing is what this program is for
/**
 * Makes a recording of noise, `tests/data/compare-noise.json`, of result files: each folder is a stretch of runs that followed one another.
 * On a machine that does nothing else:
 *
 *     for i in $(seq 100 150); do deno task bench --suite compare --runs 3 --no-floors --quiet --json stretch/$i.json; done
 *     deno run --allow-read tests/tools/collect_noise.ts stretch > tests/data/compare-noise.json
 *
 * @module
 */

import { condense, pairUp } from "../../bench/compare/series.ts";
import { parseResult } from "../../lib/report/result.ts";

/** A stretch: the values of all runs, by scenario and metric. */
function readStretch(folder: string): Record<string, readonly number[]> {
  const files = [...Deno.readDirSync(folder)].map(({ name }) => `${folder}/${name}`).toSorted();
  const results = files.map((file) =>
    condense(parseResult(Deno.readTextFileSync(file), file).runs)
  );
  // The series of pairs of a run with itself are the runs.
  const { series } = pairUp(results.map((runs) => ({ base: runs, head: runs })), "real");
  return Object.fromEntries(
    series.map(({ scenario, metric, base }) => [`${scenario} ${metric}`, base.map(shorten)]),
  );
}

function shorten(value: number): number {
  return Number(value.toPrecision(6));
}

const stretches = Deno.args.map(readStretch).map((stretch) =>
  Object.entries(stretch).map(([name, values]) =>
    `    ${JSON.stringify(name)}: ${JSON.stringify(values)}`
  )
);
const text = stretches.map((lines) => `  {\n${lines.join(",\n")}\n  }`).join(",\n");
console.log(`{\n"stretches": [\n${text}\n]}`);
