// deno-lint-ignore-file no-console -- a command speaks to its user
/**
 * `deno task bench`: from the command line to an exit code.
 *
 * @module
 */

import { InvariantError } from "../lib/invariant.ts";
import { type Colors, colorsFor } from "../lib/report/colors.ts";
import { formatArm } from "../lib/report/arm.ts";
import { writeOutputs } from "../lib/report/outputs.ts";
import { requireFolder, requireWritable } from "../lib/report/require_writable.ts";
import {
  formatResult,
  type Result,
  ResultError,
  type RunResult,
  type ScenarioSummary,
  type Verdict,
} from "../lib/report/result.ts";
import { BaselineGate } from "./baseline/gate.ts";
import { bindThreshold } from "./bind_expression.ts";
import { describeCommit, describeEnvironment } from "./environment.ts";
import { explainMetric } from "./explain_metric.ts";
import type { Threshold } from "./expression.ts";
import { HELP } from "./help.ts";
import { RunKeeper } from "./keep_run.ts";
import type { EngineChoices } from "../lib/pair/pair.ts";
import { formatEngines, formatQemus } from "./engine_options.ts";
import { type EngineFacts, MissingError } from "./fit_engines.ts";
import { type BenchOptions, readOptions } from "./options.ts";
import { UsageError, wrong } from "./usage_error.ts";
import { INTEROP_FILE } from "./interop.ts";
import { Progress } from "./progress.ts";
import { prepareScenarios } from "./prepare_scenarios.ts";
import { renderEnvironment } from "./render_environment.ts";
import { colorVerdict, renderBroken, renderScenario } from "./render_scenario.ts";
import { type Job, jobsOf, runSuite, type ScenarioReport } from "./run_suite.ts";
import type { Scenario } from "./scenario.ts";
import { ScenarioError } from "./scenario_text.ts";
import { summarizeScenario } from "./summarize_scenario.ts";
import { SelectionError } from "./select_arm.ts";
import { describeSuites } from "./suites.ts";
import { type Judgement, judgeThreshold, worstVerdict } from "./threshold.ts";

/** Exit codes by verdict. */
const EXIT_CODES: Readonly<Record<Verdict, number>> = { pass: 0, fail: 1, inconclusive: 3 };
const EXIT_USAGE = 2;
const EXIT_BUG = 70;
const EXIT_INTERRUPTED = 130;
/** With `--bisect`, what `git bisect run` takes for a commit that cannot be tested. */
const EXIT_SKIP = 125;

const CHECKOUT = new URL("../", import.meta.url);

/** Runs the subcommand; resolves with its exit code. */
export async function benchCommand(args: readonly string[]): Promise<number> {
  try {
    const request = readOptions(args);
    switch (request.kind) {
      case "help":
        console.log(HELP);
        return 0;
      case "list":
        console.log(await describeSuites());
        return 0;
      case "explain":
        console.log(explainMetric(request.metric));
        return 0;
      case "run":
        return await runBench(request.options);
    }
  } catch (error) {
    const isUsers = error instanceof UsageError || error instanceof ScenarioError ||
      error instanceof ResultError;
    if (!isUsers) throw error;
    console.error(`${error.message}\nSee deno task bench --help.`);
    return EXIT_USAGE;
  }
}

/** Runs the bench; resolves with its exit code. */
async function runBench(options: BenchOptions): Promise<number> {
  const code = await runOrMiss(options);
  return options.bisect && code === EXIT_CODES.inconclusive ? EXIT_SKIP : code;
}

async function runOrMiss(options: BenchOptions): Promise<number> {
  try {
    return await new Bench(options).run();
  } catch (error) {
    if (!(error instanceof MissingError)) throw error;
    console.error(error.message);
    return EXIT_CODES.inconclusive;
  }
}

/** One call of the bench. */
class Bench {
  readonly #options: BenchOptions;
  readonly #colors: Colors;
  readonly #runs: RunResult[] = [];
  readonly #scenarios: ScenarioSummary[] = [];
  readonly #judgements: Judgement[] = [];
  #facts: EngineFacts = { source: null, destination: null };
  #engines: EngineChoices;
  #job: Job | null = null;
  #commit: Promise<string> | undefined;

  constructor(options: BenchOptions) {
    this.#options = options;
    this.#engines = options.engines;
    const noColor = Deno.env.get("NO_COLOR");
    this.#colors = colorsFor({ isTerminal: Deno.stdout.isTerminal(), noColor });
  }

  /** Resolves with the exit code. */
  async run(): Promise<number> {
    const { json, outputs, keep, baseline } = this.#options;
    const accepted = baseline?.reason == null ? null : baseline.file;
    await requireWritable({ json, ...outputs, baseline: accepted });
    await requireFolder("keep", keep);
    const scenarios = await this.#readScenarios();
    const thresholds = bindThresholds(this.#options.thresholds, scenarios);
    const gate = await openGate(this.#options);
    const interrupt = new AbortController();
    const abort = () => interrupt.abort();
    Deno.addSignalListener("SIGINT", abort);
    Deno.addSignalListener("SIGTERM", abort);
    try {
      await this.#runAll(scenarios, interrupt.signal);
    } catch (error) {
      if (!(error instanceof InvariantError)) throw error;
      console.error(`A bug in Faultline: ${error.stack}\nSeen by: ${this.#replay()}`);
      return EXIT_BUG;
    } finally {
      Deno.removeSignalListener("SIGINT", abort);
      Deno.removeSignalListener("SIGTERM", abort);
    }
    if (interrupt.signal.aborted) {
      console.error("The bench was interrupted.");
      return EXIT_INTERRUPTED;
    }
    return await this.#end(thresholds, gate);
  }

  /** The scenarios as these engines can act them out; what is left out is said. */
  async #readScenarios(): Promise<readonly Scenario[]> {
    const { quiet } = this.#options;
    const { scenarios, engines, facts, notes } = await prepareScenarios(this.#options);
    this.#facts = facts;
    this.#engines = engines;
    if (!quiet) notes.forEach((note) => console.error(note));
    if (engines.source.kind === "attached") checkOneArm(scenarios);
    return scenarios;
  }

  async #runAll(scenarios: readonly Scenario[], signal: AbortSignal): Promise<void> {
    const { clock, runs, seed, keep, quiet, floors, answerTimeoutUs } = this.#options;
    const engines = this.#engines;
    const progress = new Progress(quiet ? 0 : jobsOf(scenarios, { runs, seed }).length, {
      isTerminal: Deno.stderr.isTerminal(),
      write: (text) => quiet || Deno.stderr.writeSync(new TextEncoder().encode(text)),
    });
    const keeper = keep === null ? null : new RunKeeper(keep);
    const suite = { clock, runs, seed, engines, answerTimeoutUs, floors, keeper, signal };
    const reports = runSuite(scenarios, suite, (job, purpose) => {
      this.#job = job;
      progress.begin(job, purpose);
    });
    for await (const report of reports) {
      progress.clear();
      await this.#take(report);
    }
    progress.clear();
  }

  /** Prints a scenario's report, and writes what there is so far. */
  async #take(report: ScenarioReport): Promise<void> {
    this.#runs.push(...report.runs);
    this.#scenarios.push(summarizeScenario(report, this.#options.clock));
    this.#judgements.push(...report.judgements);
    const { clock, quiet } = this.#options;
    if (quiet) print(renderBroken(report, this.#colors));
    else console.log(`${renderScenario(report, clock, this.#colors)}\n`);
    await this.#writeResult();
  }

  async #end(thresholds: readonly Threshold[], gate: BaselineGate | null): Promise<number> {
    const judgements = thresholds.map((threshold) => judgeThreshold(threshold, this.#runs));
    this.#judgements.push(...judgements);
    print(renderBroken({ runs: [], judgements }, this.#colors));
    if (gate !== null) await this.#passGate(gate);
    const result = await this.#writeResult();
    if (!this.#options.quiet) console.log(`${renderEnvironment(result)}\n`);
    print(await writeOutputs(result, this.#options.outputs));
    console.log(colorVerdict(result.verdict, this.#colors));
    return EXIT_CODES[result.verdict];
  }

  /** Compares with what was accepted, or accepts. */
  async #passGate(gate: BaselineGate): Promise<void> {
    const reason = this.#options.baseline?.reason ?? null;
    const result = await this.#writeResult();
    const { text, judgements } = gate.check(result, this.#colors);
    console.log(`${text}\n`);
    if (reason === null) this.#judgements.push(...judgements);
    else if (result.verdict === "pass") await gate.accept(result, reason);
    else console.error("Cannot accept these figures: expected runs and thresholds that hold");
  }

  get #verdict(): Verdict {
    const failed = this.#runs.some(({ failure }) => failure !== undefined);
    return worstVerdict([
      failed ? "fail" : "pass",
      ...this.#judgements.map(({ verdict }) => verdict),
    ]);
  }

  /** The result so far, written where the user wants it. */
  async #writeResult(): Promise<Result> {
    const { json, clock, seed } = this.#options;
    const result: Result = {
      schema: "faultline/result/1",
      commit: await (this.#commit ??= describeCommit(CHECKOUT)),
      environment: describeEnvironment(clock, this.#facts),
      clock,
      seed,
      scenarios: this.#scenarios,
      runs: this.#runs,
      thresholds: this.#judgements.map(({ reason: _, ...judged }) => judged),
      verdict: this.#verdict,
    };
    if (json !== null) await Deno.writeTextFile(json, formatResult(result));
    return result;
  }

  /** The command that does again what was done last. */
  #replay(): string {
    const { clock, engines, qemus, what: asked } = this.#options;
    const programs = qemus.length > 0 ? formatQemus(qemus) : formatEngines(engines);
    const how = `--clock ${clock}${programs}`;
    if (this.#job === null) return `deno task bench ${how}`;
    const { scenario, arm, seed } = this.#job;
    const isMade = qemus.length > 0 || scenario.file === INTEROP_FILE;
    const what = isMade && "suite" in asked
      ? `--suite ${asked.suite}`
      : `--scenario ${scenario.file}`;
    const options = `${how} ${what} --seed ${seed}`;
    return `deno task bench ${options} --arm '${formatArm(arm.arm)}'`;
  }
}

/** QEMUs that are attached have one guest, which migrates once. */
function checkOneArm(scenarios: readonly Scenario[]): void {
  const names = scenarios.flatMap(({ name, arms }) =>
    arms.map(({ arm }) => formatArm({ scenario: name, ...arm }))
  );
  if (names.length === 1) return;
  const list = names.map((name) => `  ${name}`).join("\n");
  throw wrong(
    "--arm",
    "one arm, since an attached guest migrates once",
    `${names.length}:\n${list}`,
  );
}

function print(lines: readonly string[]): void {
  for (const line of lines) console.log(line);
}

async function openGate({ what, baseline }: BenchOptions): Promise<BaselineGate | null> {
  if (baseline === null || !("suite" in what)) return null;
  return await BaselineGate.open(baseline.file, what.suite);
}

function bindThresholds(
  thresholds: readonly Threshold[],
  scenarios: readonly Scenario[],
): Threshold[] {
  const arms = scenarios.flatMap(({ name, arms }) =>
    arms.map(({ arm }) => ({ scenario: name, arm }))
  );
  try {
    return thresholds.map((threshold) => bindThreshold(threshold, arms));
  } catch (error) {
    if (!(error instanceof SelectionError)) throw error;
    throw new UsageError(`Cannot run the bench: --threshold: ${error.message}`);
  }
}
