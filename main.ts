// deno-lint-ignore-file no-console -- the program speaks to its user
/**
 * Faultline's command line: the first argument names a subcommand, which resolves with the exit code. Nothing else reads the arguments or
 * ends the process. Subcommands are loaded when they are called, so that `--help` does not wait for what it does not need.
 *
 * @module
 */

import { didYouMean } from "./lib/report/nearest.ts";
import { OutputError } from "./lib/report/require_writable.ts";

const HELP = `Faultline benches and chaos-tests live migration with QEMU's postcopy preempt channel.

Usage: deno task bench|chaos|compare|engine|mutants|report|tap|decode [options]

  bench    measure what the preempt channel costs, and judge it
  chaos    break migrations under a seed and check what must hold
  compare  compare two revisions on this machine, run in turns, or two results
  engine   run one engine as a process of its own, controlled by QMP
  mutants  the known defects that chaos puts back into a copy of the engine
  report   show a result file again: as a page, JUnit, Markdown, a trace
  tap      pass anyone's migration on and say what the wire shows of it
  decode   print a recorded migration stream

Each has --help. Example: deno task bench --clock virtual`;

type Subcommand = (args: string[]) => Promise<number>;

const SUBCOMMANDS: Readonly<Record<string, () => Promise<Subcommand>>> = {
  bench: async () => (await import("./bench/command.ts")).benchCommand,
  chaos: async () => (await import("./chaos/command.ts")).chaosCommand,
  compare: async () => (await import("./bench/compare/command.ts")).compareCommand,
  engine: async () => (await import("./lib/worker/engine_command.ts")).engineCommand,
  mutants: async () => (await import("./chaos/mutants/command.ts")).mutantsCommand,
  report: async () => (await import("./lib/report/report_command.ts")).reportCommand,
  tap: async () => (await import("./lib/qemu/tap/tap_command.ts")).tapCommand,
  decode: async () => (await import("./lib/qemu/tap/decode_command.ts")).decodeCommand,
};

/** Help texts of subcommands that take long to load: whoever asks for help shall not wait for what it does not need. */
const HELPS: Readonly<Record<string, () => Promise<{ readonly HELP: string }>>> = {
  bench: () => import("./bench/help.ts"),
  chaos: () => import("./chaos/help.ts"),
  compare: () => import("./bench/compare/help.ts"),
  report: () => import("./lib/report/report_help.ts"),
};

/** Runs the program; resolves with its exit code. */
async function main([name = "--help", ...args]: string[]): Promise<number> {
  if (name === "--help") {
    console.log(HELP);
    return 0;
  }
  const load = Object.hasOwn(SUBCOMMANDS, name) ? SUBCOMMANDS[name] : undefined;
  if (load === undefined) {
    const expected = Object.keys(SUBCOMMANDS).join(", ");
    console.error(
      `Cannot run "${name}": expected one of ${expected}${
        didYouMean(name, Object.keys(SUBCOMMANDS))
      }`,
    );
    return 2;
  }
  const loadHelp = args.includes("--help") ? HELPS[name] : undefined;
  if (loadHelp !== undefined) {
    console.log((await loadHelp()).HELP);
    return 0;
  }
  const subcommand = await load();
  try {
    return await subcommand(args);
  } catch (error) {
    if (!(error instanceof OutputError)) throw error;
    console.error(error.message);
    return 2;
  }
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    console.error("A bug in Faultline:", error);
    Deno.exit(70);
  }
}
