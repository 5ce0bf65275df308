// deno-lint-ignore-file no-console -- a command speaks to its user
/**
 * `deno task tap`: passes anyone's migration on and says what it saw.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { colorsFor } from "../../report/colors.ts";
import { optionReaders } from "../../report/option_readers.ts";
import { requireWritable } from "../../report/require_writable.ts";
import { type Address, AddressError, formatAddress, parseAddress } from "../../world/address.ts";
import { Proxy } from "../proxy/proxy.ts";
import { renderTap, renderTapLine } from "./render_tap.ts";
import type { TapReport } from "./tap_report.ts";

const HELP =
  `Passes live migrations of QEMU on, and says what the wire shows of them: the latency of every
page request, which channel served it, bytes, and time lost to a late preempt channel.

Usage: deno task tap --listen ADDRESS --forward ADDRESS [options]

  --listen ADDRESS   where the source is told to connect: unix:PATH or tcp:HOST:PORT
  --forward ADDRESS  where the destination listens
  --once             end when the first migration has ended, not at Ctrl-C
  --json FILE        write what was seen there, at the end
  --quiet            print nothing while it goes on

Up to 10.0 QEMU's destination takes the first connection for main: the tap hands them on in order.
Bytes are passed on first and read then; what is no migration is passed on unread.
A recovery may go through another tap, but needs one that saw the start to name its pages.

Exit codes: 0 seen to its end, 1 something could not be read, 2 bad arguments or address,
130 interrupted; what there is is printed in every case.

Examples:
  deno task tap --listen unix:/tmp/tap.sock --forward unix:/tmp/destination.sock
  deno task tap --listen tcp:0.0.0.0:4444 --forward tcp:127.0.0.1:4445 --once --json tap.json`;

const EXIT_UNREAD = 1;
const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;

/** How often it is looked at what there is. */
const LOOK_MS = 500;

/** What the user got wrong. */
class UsageError extends Error {}

const { wrong, refuseUnknown } = optionReaders("tap", UsageError);

const FLAGS = ["help", "once", "quiet"] as const;
const VALUES = ["listen", "forward", "json"] as const;

interface TapOptions {
  readonly listen: Address;
  readonly forward: Address;
  readonly once: boolean;
  readonly json: string | null;
  readonly quiet: boolean;
}

/** Runs the subcommand; resolves with its exit code. */
export async function tapCommand(args: string[]): Promise<number> {
  try {
    const options = readOptions(args);
    if (options === null) {
      console.log(HELP);
      return 0;
    }
    await requireWritable({ json: options.json });
    return await runTap(options);
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof AddressError)) throw error;
    console.error(`${error.message}\nSee deno task tap --help.`);
    return EXIT_USAGE;
  }
}

function readOptions(args: string[]): TapOptions | null {
  const unknown: string[] = [];
  const parsed = parseArgs(args, {
    boolean: FLAGS,
    string: VALUES,
    unknown: (argument) => void unknown.push(argument),
  });
  if (parsed.help) return null;
  refuseUnknown(unknown[0], [...FLAGS, ...VALUES]);
  const addressOf = (name: "listen" | "forward") => {
    const text = parsed[name];
    if (text !== undefined) return parseAddress(text);
    throw wrong(`--${name}`, "unix:PATH or tcp:HOST:PORT", "nothing");
  };
  return {
    listen: addressOf("listen"),
    forward: addressOf("forward"),
    once: parsed.once,
    json: parsed.json ?? null,
    quiet: parsed.quiet,
  };
}

async function runTap({ listen, forward, once, json, quiet }: TapOptions): Promise<number> {
  const interrupt = Promise.withResolvers<"interrupted">();
  const stop = () => interrupt.resolve("interrupted");
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, stop);
  try {
    const { timeOrigin: originMs } = performance;
    await using proxy = await Proxy.start({ originMs, seed: 0, spec: [], tap: true });
    const address = await proxy.open({ listen, forward, phase: 0, repeats: true });
    if (!quiet) {
      console.error(
        `Listening at ${formatAddress(address)}, forwarding to ${formatAddress(forward)}`,
      );
    }
    const how = await watch(proxy, interrupt.promise, { once, quiet });
    const report = await reportOf(proxy);
    if (json !== null) await Deno.writeTextFile(json, `${JSON.stringify(report)}\n`);
    const noColor = Deno.env.get("NO_COLOR");
    console.log(renderTap(report, colorsFor({ isTerminal: Deno.stdout.isTerminal(), noColor })));
    if (how === "interrupted") return EXIT_INTERRUPTED;
    return report.unread.length > 0 ? EXIT_UNREAD : 0;
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.removeSignalListener(signal, stop);
  }
}

/** Shows what there is, until it is interrupted or, with `once`, has ended. */
async function watch(
  proxy: Proxy,
  interrupted: Promise<"interrupted">,
  { once, quiet }: Pick<TapOptions, "once" | "quiet">,
): Promise<"interrupted" | "ended"> {
  const isTerminal = Deno.stderr.isTerminal();
  let shown = "";
  for (;;) {
    const timeout = Promise.withResolvers<"look">();
    const timer = setTimeout(() => timeout.resolve("look"), LOOK_MS);
    const how = await Promise.race([interrupted, timeout.promise]);
    clearTimeout(timer);
    const report = await reportOf(proxy, true);
    const line = renderTapLine(report);
    const isOver = how === "interrupted" || (once && hasEnded(report));
    if (!quiet && line !== shown && (isTerminal || isOver)) {
      show(isTerminal ? `\r\x1b[K${line}${isOver ? "\n" : ""}` : `${line}\n`);
    }
    shown = line;
    if (isOver) return how === "interrupted" ? how : "ended";
  }
}

/** Whether a migration, or what it turned out to be, has gone through. */
function hasEnded({ sessions }: TapReport): boolean {
  const last = sessions.at(-1);
  return last !== undefined && last.endedUs !== null;
}

async function reportOf(proxy: Proxy, brief = false): Promise<TapReport> {
  const report = await proxy.report({ brief });
  if (report === null) throw new Error("A proxy that was started with a tap has none");
  return report;
}

function show(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}
