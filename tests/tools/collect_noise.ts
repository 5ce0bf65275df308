// deno-lint-ignore-file no-console -- printing is what this program is for
/**
 * Makes a recording of noise, `tests/data/compare-noise.json`, of comparisons of a revision with itself: what each two processes have
 * measured beside each other.
 *
 *     deno task compare --base HEAD --json aa/1.json    # some of them
 *     deno run --allow-read --allow-env tests/tools/collect_noise.ts aa/*.json > tests/data/compare-noise.json
 *
 * @module
 */

import { PAIRS_PER_PROCESS } from "../../bench/compare/pair_maker.ts";
import type { Comparison } from "../../lib/report/comparison.ts";

/** Values by scenario and metric, of each two processes that went to their end. */
function readProcesses(file: string): Record<string, unknown>[] {
  const { base, head, figures, pairs }: Comparison = JSON.parse(Deno.readTextFileSync(file));
  if (base.commit !== head.commit) throw new TypeError(`${file} compares two revisions`);
  const whole = Math.floor(pairs / PAIRS_PER_PROCESS);
  return Array.from({ length: whole }, (_, index) => {
    const cut = (values: readonly number[]) =>
      values.slice(index * PAIRS_PER_PROCESS, (index + 1) * PAIRS_PER_PROCESS).map(shorten);
    return Object.fromEntries(figures.map(({ scenario, metric, base, head }) => [
      `${scenario} ${metric}`,
      { base: cut(base), head: cut(head) },
    ]));
  });
}

function shorten(value: number): number {
  return Number(value.toPrecision(4));
}

const processes = Deno.args.flatMap(readProcesses).map((figures) =>
  Object.entries(figures).map(([name, values]) =>
    `    ${JSON.stringify(name)}: ${JSON.stringify(values)}`
  )
);
const text = processes.map((lines) => `  {\n${lines.join(",\n")}\n  }`).join(",\n");
console.log(`{\n"processes": [\n${text}\n]}`);
