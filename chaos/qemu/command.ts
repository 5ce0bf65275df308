// deno-lint-ignore-file no-console -- a command speaks to its user
/**
 * `deno task chaos --source qemu --destination qemu`: campaigns of plans against two real QEMUs.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { colorsFor } from "../../lib/report/colors.ts";
import { optionReaders } from "../../lib/report/option_readers.ts";
import { requireFolder } from "../../lib/report/require_writable.ts";
import type { Side } from "../../lib/qapi/migration_status.ts";
import { parseQuantity } from "../../lib/netem/units.ts";
import { QemuMissingError, QemuStartError } from "../../lib/qemu/qemu_error.ts";
import { parseSeed, SeedError, seedOfRun } from "../seed.ts";
import { conductQemu } from "./conduct.ts";
import { type QemuHistory, SIDES } from "./history.ts";
import { appliesTo, KnownError, type KnownFinding, loadKnown, recognize } from "./known.ts";
import { isDisturbed, judgeQemu, type QemuViolation } from "./oracles.ts";
import { drawQemuPlan, QEMU_PLAN, type QemuPlan } from "./plan.ts";
import { renderFinding, renderQemuPlan } from "./render.ts";
import { shrinkQemuPlan, type ShrunkFailure } from "./shrink.ts";

export const HELP = `Breaks migrations between real QEMUs under seeds, and checks what must hold.

Usage: deno task chaos --source qemu --destination qemu [options]

  --qemu PATH              the program on both sides (default qemu-system-x86_64)
  --qemu-source PATH       on the source; --qemu-destination PATH: on the destination
  --seed S                 one plan; with --seeds or --time: where the plans come from (default 1)
  --seeds N                so many plans
  --time T                 for so long, such as 90s or 10m (default 60s)
  --jobs N                 so many pairs at a time (default 2)
  --replay FILE            run the plan of a finding again; --replay=-: read it from standard input
  --keep DIR               write findings there (default: a new folder for temporary files)
  --quiet                  print only findings and the verdict

A plan that fails is made smaller by running it again. A finding of chaos/known is told and does
not fail the campaign; a new one does, and so does a known one that --replay no longer sees.

Exit codes: 0 nothing new, 1 something new, 2 bad arguments or file, 3 QEMU is missing or may
not do postcopy here, 130 interrupted.

Examples:
  deno task chaos --source qemu --destination qemu --time 10m
  deno task chaos --source qemu --destination qemu --seed 17`;

const JOBS_DEFAULT = 2;
const EXIT_USAGE = 2;
const EXIT_MISSING = 3;
const EXIT_INTERRUPTED = 130;

const VALUES = [
  "source",
  "destination",
  "qemu",
  "qemu-source",
  "qemu-destination",
  "seed",
  "seeds",
  "time",
  "jobs",
  "replay",
  "keep",
] as const;

/** What the user got wrong. */
class UsageError extends Error {}

const { wrong, refuseUnknown } = optionReaders("run chaos", UsageError);

interface QemuChaosOptions {
  readonly programs: Readonly<Partial<Record<Side, string>>>;
  readonly plans: Iterable<QemuPlan>;
  readonly seconds: number;
  readonly jobs: number;
  readonly isReplay: boolean;
  readonly keep: string | null;
  readonly quiet: boolean;
}

/** Something that a campaign found. */
interface Finding {
  readonly failure: ShrunkFailure;
  readonly known: KnownFinding | null;
}

/** How often a campaign has seen something, and when first since it began. */
interface Sightings {
  readonly times: number;
  readonly firstSeconds: number;
}

/** Runs the subcommand; resolves with its exit code. */
export async function qemuChaosCommand(args: readonly string[]): Promise<number> {
  const interrupt = new AbortController();
  const stop = () => interrupt.abort();
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, stop);
  try {
    const options = await readOptions(args);
    if (options === null) {
      console.log(HELP);
      return 0;
    }
    await requireFolder("keep", options.keep);
    return await new QemuCampaign(options, await loadKnown(), interrupt.signal).run();
  } catch (error) {
    if (error instanceof QemuMissingError || error instanceof QemuStartError) {
      console.error(error.message);
      return EXIT_MISSING;
    }
    const isUsage = error instanceof UsageError || error instanceof KnownError ||
      error instanceof SeedError;
    if (!isUsage) throw error;
    console.error(`${error.message}\nSee deno task chaos --source qemu --help.`);
    return EXIT_USAGE;
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.removeSignalListener(signal, stop);
  }
}

class QemuCampaign {
  readonly #options: QemuChaosOptions;
  readonly #known: readonly KnownFinding[];
  readonly #signal: AbortSignal;
  readonly #findings: Finding[] = [];
  readonly #seen = new Map<string, Sightings>();
  readonly #startMs = performance.now();
  #runs = 0;
  #folder: string | null;
  #last: QemuHistory | null = null;

  constructor(options: QemuChaosOptions, known: readonly KnownFinding[], signal: AbortSignal) {
    this.#options = options;
    this.#known = known;
    this.#signal = signal;
    this.#folder = options.keep;
  }

  async run(): Promise<number> {
    const plans = this.#options.plans[Symbol.iterator]();
    const untilMs = this.#startMs + 1000 * this.#options.seconds;
    // Mostly they wait, so several pairs share this thread.
    await Promise.all(
      Array.from({ length: this.#options.jobs }, () => this.#runPlans(plans, untilMs)),
    );
    return this.#end();
  }

  async #runPlans(plans: Iterator<QemuPlan>, untilMs: number): Promise<void> {
    while (!this.#signal.aborted && performance.now() < untilMs) {
      const { done, value: plan } = plans.next();
      if (done) return;
      const { history, violation } = await this.#attempt(plan);
      if (this.#signal.aborted) return;
      this.#runs++;
      this.#say(renderQemuPlan(plan));
      if (isDisturbed(history)) this.#say("  says nothing: somebody else killed a QEMU");
      else if (violation === null) this.#say(`  held; ${statusesOf(history)}`);
      else await this.#take(history, violation);
    }
  }

  /** A violation: told at once where it is known, made smaller first where it is not. */
  async #take(history: QemuHistory, violation: QemuViolation): Promise<void> {
    const known = recognize(violation, history, this.#known);
    const key = known?.id ?? `${violation.oracle}: ${violation.message}`;
    const times = this.#see(key);
    console.log(`  ${known === null ? "NEW" : `known (${known.id})`}: ${violation.message}`);
    if (times > 1 || known !== null) {
      if (times === 1) await this.#keep(asFound({ history, violation }), known);
      return;
    }
    this.#say("  making it smaller");
    const failure = this.#options.isReplay
      ? asFound({ history, violation })
      : await shrinkQemuPlan({ history, violation }, (plan) => this.#attempt(plan), this.#signal);
    await this.#keep(failure, recognize(failure.violation, failure.history, this.#known));
  }

  /** Counts it. @returns how often it has been seen. */
  #see(key: string): number {
    const first = { times: 0, firstSeconds: (performance.now() - this.#startMs) / 1000 };
    const { times, firstSeconds } = this.#seen.get(key) ?? first;
    this.#seen.set(key, { times: times + 1, firstSeconds });
    return times + 1;
  }

  async #keep(failure: ShrunkFailure, known: KnownFinding | null): Promise<void> {
    this.#findings.push({ failure, known });
    this.#folder ??= await Deno.makeTempDir({ prefix: "faultline-chaos-" });
    await Deno.mkdir(this.#folder, { recursive: true });
    const path = `${this.#folder}/qemu-${known?.id ?? `finding-${this.#findings.length}`}`;
    const command = `deno task chaos${formatPrograms(this.#options.programs)}`;
    await Deno.writeTextFile(`${path}.json`, JSON.stringify(failure.history.plan, null, 2) + "\n");
    await Deno.writeTextFile(`${path}.md`, renderFinding(failure, known, command));
    console.log(`  written to ${path}.md\n  ${command} --replay ${path}.json`);
  }

  #end(): number {
    const colors = colorsFor({
      isTerminal: Deno.stdout.isTerminal(),
      noColor: Deno.env.get("NO_COLOR"),
    });
    const fresh = this.#findings.filter(({ known }) => known === null);
    const plans = this.#runs === 1 ? "plan" : "plans";
    console.log(`\n${this.#runs} ${plans}, ${this.#seen.size} different findings`);
    for (const [key, { times, firstSeconds }] of this.#seen) {
      console.log(`  ${times} x ${key}, first after ${firstSeconds.toFixed(0)} s`);
    }
    for (const { id } of this.#unseen()) this.#say(`  known, and not seen this time: ${id}`);
    for (const { failure: { violation, failed, runs } } of fresh) {
      console.log(colors.red(`new: ${violation.message} (${failed} of ${runs} runs)`));
    }
    if (this.#signal.aborted) return EXIT_INTERRUPTED;
    console.log(fresh.length === 0 ? colors.green("nothing new") : colors.red("violated"));
    return fresh.length === 0 ? 0 : 1;
  }

  /** Known findings that the QEMUs of this campaign should have, and did not show. */
  #unseen(): KnownFinding[] {
    const last = this.#last;
    if (last === null || this.#options.isReplay) return [];
    return this.#known.filter((one) => appliesTo(one, last) && !this.#seen.has(one.id));
  }

  async #attempt(plan: QemuPlan): Promise<
    { readonly history: QemuHistory; readonly violation: QemuViolation | null }
  > {
    const { programs } = this.#options;
    const history = await conductQemu(plan, { programs, signal: this.#signal });
    this.#last = history;
    return { history, violation: judgeQemu(history)[0] ?? null };
  }

  #say(text: string): void {
    if (!this.#options.quiet) console.log(text);
  }
}

/** The options that ask for these QEMUs; each begins with a space. */
function formatPrograms(programs: QemuChaosOptions["programs"]): string {
  const named = SIDES.flatMap((side) =>
    programs[side] === undefined ? [] : ` --qemu-${side} ${programs[side]}`
  );
  return ` --source qemu --destination qemu${named.join("")}`;
}

/** A failure that nothing was done to. */
function asFound(
  { history, violation }: { readonly history: QemuHistory; readonly violation: QemuViolation },
): ShrunkFailure {
  return { history, violation, failed: 1, runs: 1, faultsBefore: history.plan.faults.length };
}

function statusesOf({ sides: { source, destination } }: QemuHistory): string {
  return `source ${source.status}, destination ${destination.status}`;
}

async function readOptions(args: readonly string[]): Promise<QemuChaosOptions | null> {
  const unknown: string[] = [];
  const parsed = parseArgs([...args], {
    boolean: ["help", "quiet"],
    string: VALUES,
    unknown: (argument) => void unknown.push(argument),
  });
  if (parsed.help) return null;
  refuseUnknown(unknown[0], ["help", "quiet", ...VALUES]);
  for (const side of ["source", "destination"] as const) {
    if (parsed[side] === "qemu") continue;
    throw wrong(`--${side}`, "qemu, as the other side", `"${parsed[side] ?? ""}"`);
  }
  const source = parsed["qemu-source"] ?? parsed.qemu;
  const destination = parsed["qemu-destination"] ?? parsed.qemu;
  const extent = readExtent(parsed);
  return {
    programs: {
      ...source !== undefined && { source },
      ...destination !== undefined && { destination },
    },
    plans: parsed.replay === undefined
      ? drawPlans(parsed.seed, extent.seeds)
      : [await readPlan(parsed.replay)],
    seconds: extent.seconds,
    jobs: readCount("--jobs", parsed.jobs) ?? JOBS_DEFAULT,
    isReplay: parsed.replay !== undefined,
    keep: parsed.keep ?? null,
    quiet: parsed.quiet,
  };
}

function readExtent(
  { seed, seeds, time }: {
    readonly seed?: string | undefined;
    readonly seeds?: string | undefined;
    readonly time?: string | undefined;
  },
): { readonly seeds: number | null; readonly seconds: number } {
  const count = readCount("--seeds", seeds);
  const isOne = seed !== undefined && seeds === undefined && time === undefined;
  if (time === undefined) {
    return { seeds: isOne ? 1 : count, seconds: count === null ? 60 : Infinity };
  }
  const minutes = /^(\d+)m$/.exec(time)?.[1];
  const us = minutes === undefined ? parseQuantity("time", time) : Number(minutes) * 60e6;
  if (us === null) {
    throw wrong("--time", "a time such as 90s or 10m", `"${time}"`);
  }
  return { seeds: count, seconds: us / 1e6 };
}

function readCount(option: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw wrong(option, "a positive integer", `"${text}"`);
}

/** One seed alone is the plan's own, as a finding names it. */
function* drawPlans(seed: string | undefined, seeds: number | null): Generator<QemuPlan> {
  const base = parseSeed(seed ?? "1");
  if (seed !== undefined && seeds === 1) yield drawQemuPlan(base);
  else {
    for (let run = 0; seeds === null || run < seeds; run++) {
      yield drawQemuPlan(seedOfRun(base, run));
    }
  }
}

async function readPlan(file: string): Promise<QemuPlan> {
  try {
    const text = file === "-"
      ? await new Response(Deno.stdin.readable).text()
      : await Deno.readTextFile(file);
    return QEMU_PLAN.parse(JSON.parse(text));
  } catch (error) {
    throw new UsageError(
      `Cannot run chaos: --replay expected the plan of a finding, received ${file}: ` +
        `${error instanceof Error ? error.message : error}`,
    );
  }
}
