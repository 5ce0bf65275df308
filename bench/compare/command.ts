// deno-lint-ignore-file no-console -- a command speaks to its user
/**
 * `deno task compare`: from the command line to an exit code.
 *
 * @module
 */

import { type Colors, colorsFor } from "../../lib/report/colors.ts";
import { type Comparison, formatComparison } from "../../lib/report/comparison.ts";
import { writeComparisonOutputs } from "../../lib/report/comparison_outputs.ts";
import { requireWritable } from "../../lib/report/require_writable.ts";
import { ResultError, type Verdict } from "../../lib/report/result.ts";
import { colorVerdict } from "../render_scenario.ts";
import { Checkouts } from "./checkouts.ts";
import { CompareError } from "./compare_error.ts";
import { compareFiles } from "./compare_files.ts";
import { RevisionComparison } from "./compare_revisions.ts";
import { HELP } from "./help.ts";
import { readCompareOptions, type RevisionOptions } from "./options.ts";
import { renderComparison } from "./render_comparison.ts";

const EXIT_CODES: Readonly<Record<Verdict, number>> = { pass: 0, fail: 1, inconclusive: 3 };
const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;

const CHECKOUT = new URL("../../", import.meta.url).pathname;

/** Runs the subcommand; resolves with its exit code. */
export async function compareCommand(args: readonly string[]): Promise<number> {
  const noColor = Deno.env.get("NO_COLOR");
  const colors = colorsFor({ isTerminal: Deno.stdout.isTerminal(), noColor });
  try {
    const request = readCompareOptions(args);
    switch (request.kind) {
      case "help":
        console.log(HELP);
        return 0;
      case "files": {
        await requireWritable({ json: request.options.json, ...request.options.outputs });
        const comparison = await compareFiles(request.options);
        await write(comparison, request.options.json);
        return await conclude(comparison, request.options, colors);
      }
      case "revisions":
        await requireWritable({ json: request.options.json, ...request.options.outputs });
        return await compareRevisions(request.options, colors);
    }
  } catch (error) {
    if (!(error instanceof CompareError || error instanceof ResultError)) throw error;
    console.error(`${error.message}\nSee deno task compare --help.`);
    return EXIT_USAGE;
  }
}

async function compareRevisions(options: RevisionOptions, colors: Colors): Promise<number> {
  const interrupt = new AbortController();
  const abort = () => interrupt.abort();
  Deno.addSignalListener("SIGINT", abort);
  Deno.addSignalListener("SIGTERM", abort);
  try {
    const what = await findScenario(options.what);
    await using checkouts = await Checkouts.open(CHECKOUT, options);
    const progress = new ProgressLine();
    const listener = {
      doing: (what: string) => progress.show(what),
      looked: (comparison: Comparison) => write(comparison, options.json),
    };
    const { signal } = interrupt;
    const comparison = await new RevisionComparison(
      checkouts,
      { ...options, what },
      listener,
      signal,
    ).run();
    progress.clear();
    if (comparison !== null) return await conclude(comparison, options, colors);
    console.error("The comparison was interrupted.");
    return EXIT_INTERRUPTED;
  } finally {
    Deno.removeSignalListener("SIGINT", abort);
    Deno.removeSignalListener("SIGTERM", abort);
  }
}

/** A scenario file is found from here, and both revisions run the same one. */
async function findScenario(what: RevisionOptions["what"]): Promise<RevisionOptions["what"]> {
  if ("suite" in what) return what;
  try {
    return { file: await Deno.realPath(what.file) };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new CompareError(
      `Cannot compare: --scenario expected a scenario file, found none at ${what.file}`,
    );
  }
}

async function conclude(
  comparison: Comparison,
  { outputs }: Pick<RevisionOptions, "outputs">,
  colors: Colors,
): Promise<number> {
  console.log(`${renderComparison(comparison, colors)}\n`);
  for (const line of await writeComparisonOutputs(comparison, outputs)) console.log(line);
  console.log(colorVerdict(comparison.verdict, colors));
  return EXIT_CODES[comparison.verdict];
}

async function write(comparison: Comparison, file: string | null): Promise<void> {
  if (file !== null) await Deno.writeTextFile(file, formatComparison(comparison));
}

/** What goes on, on stderr: one line that is written over on a terminal, and a line for each tenth thing elsewhere. */
class ProgressLine {
  readonly #isTerminal = Deno.stderr.isTerminal();
  #shown = 0;

  show(what: string): void {
    const isShown = this.#shown++ % 10 === 0;
    if (this.#isTerminal) Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${what}`));
    else if (isShown) console.error(what);
  }

  clear(): void {
    if (this.#isTerminal) Deno.stderr.writeSync(new TextEncoder().encode("\r\x1b[K"));
  }
}
