// deno-lint-ignore-file no-console -- a command speaks to its user
/**
 * `deno task engine`: one engine as a process of its own, controlled by QMP alone.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { parseGuest } from "../ram/guest_arguments.ts";
import { GuestRam } from "../ram/guest_ram.ts";
import { type GuestSpec, GuestSpecError } from "../ram/guest_spec.ts";
import { layoutBlocks, type RamBlock, RamLayoutError } from "../ram/ram_block.ts";
import { parseRamSize } from "../ram/ram_size.ts";
import { optionReaders } from "../report/option_readers.ts";
import { type Address, AddressError, formatAddress, parseAddress } from "../world/address.ts";
import { TimerWorker } from "../world/realtime/shared_timer.ts";
import { EngineWorkers } from "./engine_workers.ts";

const HELP = `Runs one engine as a process of its own, controlled by QMP.

Usage: deno task engine --qmp ADDRESS [options]

  --qmp ADDRESS       where QMP is served: unix:PATH or tcp:HOST:PORT
  --incoming ADDRESS  wait for a migration there, or, with "defer", for migrate-incoming;
                      without it the guest starts here
  --ram SIZE          guest RAM, e.g. 256M or 1G (default 256M)
  --guest WORDS       the guest program, e.g. vcpus=2,workload=strided,touches=1000,write-share=0.5
                      (default touches=0: an idle guest of random content)
  --seed N            chance of this engine (default 1)

Examples:
  deno task engine --qmp unix:/tmp/source.qmp --guest vcpus=2,touches=1000
  deno task engine --qmp unix:/tmp/destination.qmp --incoming defer --guest vcpus=2,touches=1000

Both engines of a pair are given the same --ram and --guest. It ends with QMP's quit, or Ctrl-C.`;

/** What the user got wrong. */
class UsageError extends Error {}

const { wrong, refuseUnknown } = optionReaders("run an engine", UsageError);

/** Runs the subcommand; resolves with its exit code. */
export async function engineCommand(args: string[]): Promise<number> {
  try {
    const options = readOptions(args);
    if (options === null) {
      console.log(HELP);
      return 0;
    }
    return await runEngine(options);
  } catch (error) {
    if (!isUserError(error)) throw error;
    console.error(`${error.message}. See deno task engine --help.`);
    return 2;
  }
}

function isUserError(error: unknown): error is Error {
  return error instanceof UsageError || error instanceof AddressError ||
    error instanceof RamLayoutError || error instanceof GuestSpecError;
}

/** The arguments, read. */
interface EngineOptions {
  readonly qmp: Address;
  readonly incoming: Address | "defer" | undefined;
  readonly blocks: readonly RamBlock[];
  readonly guest: GuestSpec;
  readonly seed: number;
}

function readOptions(args: string[]): EngineOptions | null {
  const unknown: string[] = [];
  const parsed = parseArgs(args, {
    boolean: ["help"],
    string: ["qmp", "incoming", "ram", "guest", "seed"],
    default: { ram: "256M", guest: "touches=0", seed: "1" },
    unknown: (argument) => void unknown.push(argument),
  });
  if (parsed.help) return null;
  refuseUnknown(unknown[0], ["help", "qmp", "incoming", "ram", "guest", "seed"]);
  return readArguments(parsed);
}

function readArguments(parsed: {
  readonly qmp?: string | undefined;
  readonly incoming?: string | undefined;
  readonly ram: string;
  readonly guest: string;
  readonly seed: string;
}): EngineOptions {
  if (parsed.qmp === undefined) {
    throw wrong("--qmp", "unix:PATH or tcp:HOST:PORT", "nothing");
  }
  const seed = Number(parsed.seed);
  if (!Number.isSafeInteger(seed)) {
    throw wrong("--seed", "an integer", parsed.seed);
  }
  const { incoming } = parsed;
  return {
    qmp: parseAddress(parsed.qmp),
    incoming: incoming === undefined || incoming === "defer" ? incoming : parseAddress(incoming),
    blocks: layoutBlocks([{ name: "ram", bytes: parseRamSize(parsed.ram) }]),
    guest: parseGuest(parsed.guest),
    seed,
  };
}

async function runEngine({ qmp, incoming, blocks, guest, seed }: EngineOptions): Promise<number> {
  await using ground = new AsyncDisposableStack();
  let code = 0;
  let engine: EngineWorkers | null = null;
  const interrupt = () => {
    code = 130;
    engine?.stop();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, interrupt);
    ground.defer(() => Deno.removeSignalListener(signal, interrupt));
  }
  const { timer } = ground.use(new TimerWorker());
  engine = await EngineWorkers.start({
    ...{ name: "engine", seed, timer, guest, qmp },
    ram: GuestRam.allocate(blocks),
    ...(incoming === undefined ? {} : { incoming }),
  });
  if (code === 0) console.error(`The engine serves QMP at ${formatAddress(qmp)}`);
  else engine.stop();
  await engine.ended();
  return code;
}
