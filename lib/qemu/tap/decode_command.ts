// deno-lint-ignore-file no-console -- a command speaks to its user
/**
 * `deno task decode`: a recorded stream as text, one line an element.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { optionReaders } from "../../report/option_readers.ts";
import { PAGE_SIZE } from "../../ram/ram_block.ts";
import type { Decoder } from "../../wire/decoder.ts";
import { COMMAND_BYTE } from "../../wire/elements.ts";
import { MainChannelDecoder } from "../../wire/main_channel_decoder.ts";
import type { MainChannelEvent } from "../../wire/main_channel_event.ts";
import { PreemptChannelDecoder } from "../../wire/preempt_channel_decoder.ts";
import { type RamBlockSize, StreamNames } from "../../wire/ram_block.ts";
import { ReturnPathDecoder, type ReturnPathEvent } from "../../wire/return_path_decoder.ts";
import { WireError } from "../../wire/wire_error.ts";
import { describeEvent } from "./describe_event.ts";

const HELP =
  `Prints a recorded migration stream, one line an element: its offset, what it is, its fields.

Usage: deno task decode FILE [options]

  FILE             a recording, gzip or plain; - for standard input
  --stream STREAM  main, preempt or return-path; by its first bytes where it is not given
  --pages          print every page record too, not only how many there were

A preempt channel and a return path name pages of blocks that only their main channel introduces:
here they may name any.

Exit codes: 0 decoded to its end, 1 it could not be (the last line says why), 2 bad arguments.

Examples:
  deno task decode tests/data/qemu-7.2-postcopy-main.stream.gz
  deno task decode tests/data/qemu-11.1-postcopy-preempt.stream.gz --stream preempt --pages
  zcat tests/data/qemu-11.1-precopy.stream.gz | deno task decode -`;

const EXIT_UNREAD = 1;
const EXIT_USAGE = 2;
const GZIP_MAGIC = [0x1f, 0x8b];
const STREAMS = ["main", "preempt", "return-path"] as const;
type StreamName = (typeof STREAMS)[number];
type StreamEvent = MainChannelEvent | ReturnPathEvent;

/** What the user got wrong. */
class UsageError extends Error {}

const { refuseUnknown } = optionReaders("decode", UsageError);

/** Blocks of any name, without an end: for a stream whose main channel is not at hand. */
class AnyBlock extends Map<string, RamBlockSize> {
  override get(name: string): RamBlockSize {
    return { name, usedLength: Number.MAX_SAFE_INTEGER - Number.MAX_SAFE_INTEGER % PAGE_SIZE };
  }
}

/** Runs the subcommand; resolves with its exit code. */
export async function decodeCommand(args: string[]): Promise<number> {
  try {
    const unknown: string[] = [];
    const parsed = parseArgs(args, {
      boolean: ["help", "pages"],
      string: ["stream"],
      unknown: (argument) => {
        const isOption = argument.startsWith("-") && argument !== "-";
        if (isOption) unknown.push(argument);
        return !isOption;
      },
    });
    if (parsed.help) {
      console.log(HELP);
      return 0;
    }
    refuseUnknown(unknown[0], ["help", "pages", "stream"]);
    const [file, ...more] = parsed._.map(String);
    if (file === undefined || more.length > 0) {
      throw new UsageError(`Cannot decode: expected one FILE, received ${parsed._.length}`);
    }
    const bytes = await readRecording(file);
    const lines = decodeLines(decoderOf(bytes, readStream(parsed.stream)), bytes, parsed.pages);
    return await print(lines);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\nSee deno task decode --help.`);
    return EXIT_USAGE;
  }
}

function readStream(text: string | undefined): StreamName | undefined {
  const found = STREAMS.find((name) => name === text);
  if (text === undefined || found !== undefined) return found;
  const expected = STREAMS.join(", ");
  throw new UsageError(`Cannot decode: --stream expected one of ${expected}, received "${text}"`);
}

/** The bytes, unpacked. */
async function readRecording(file: string): Promise<Uint8Array> {
  const packed = await readAll(file);
  if (!GZIP_MAGIC.every((byte, index) => packed[index] === byte)) return packed;
  try {
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch (error) {
    throw new UsageError(
      `Cannot decode ${file}: expected a whole gzip file, received "${messageOf(error)}"`,
    );
  }
}

async function readAll(file: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return file === "-"
      ? new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer())
      : await Deno.readFile(file);
  } catch (error) {
    throw new UsageError(
      `Cannot decode ${file}: expected a file that can be read, received "${messageOf(error)}"`,
    );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function decoderOf(bytes: Uint8Array, stream = guessStream(bytes)): Decoder<StreamEvent> {
  const names = new StreamNames();
  switch (stream) {
    case "main": {
      const isRecovery = bytes[0] === COMMAND_BYTE;
      const kind = isRecovery ? "recovery" : "migration";
      return new MainChannelDecoder({ stream: kind, names: isRecovery ? anyNames() : names });
    }
    case "preempt":
      return new PreemptChannelDecoder(anyNames());
    case "return-path":
      return new ReturnPathDecoder({ blockPages: () => Number.MAX_SAFE_INTEGER / PAGE_SIZE });
  }
}

/** A return path begins with be16 type below 8 and a length below 512; a record with eight bytes of offset, mostly zero. */
function guessStream(bytes: Uint8Array): StreamName {
  if (bytes[0] === COMMAND_BYTE || bytes[0] !== 0) return "main";
  return bytes[1] !== 0 && bytes[2]! < 2 ? "return-path" : "preempt";
}

function anyNames(): StreamNames {
  const names = new StreamNames();
  return Object.assign(names, { blocks: new AnyBlock() });
}

/** The lines, and last, where it could not be read on, why. */
function* decodeLines(
  decoder: Decoder<StreamEvent>,
  bytes: Uint8Array,
  withPages: boolean,
): Generator<string, boolean> {
  decoder.queue.push(bytes);
  let pages = 0;
  try {
    for (;;) {
      const offset = decoder.queue.offset;
      const event = decoder.next();
      const isPage = event?.kind === "page" || event?.kind === "zero";
      if (isPage && !withPages) {
        pages++;
        continue;
      }
      if (pages > 0) yield `${" ".repeat(10)}  ${pages} page records`;
      pages = 0;
      if (event === undefined) break;
      yield `${String(offset).padStart(10)}  ${describeEvent(event)}`;
      if (event.kind === "packaged") yield* decodePackage(event.data);
    }
    decoder.end();
    return true;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    yield error.message;
    return false;
  }
}

/** A package's elements. Devices that are not known end it: their sections do not say how long they are. */
function* decodePackage(data: Uint8Array): Generator<string> {
  const decoder = new MainChannelDecoder({ stream: "package", names: anyNames() });
  decoder.queue.push(data);
  try {
    for (let event = decoder.next(); event !== undefined; event = decoder.next()) {
      yield `${" ".repeat(12)}| ${describeEvent(event)}`;
    }
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    yield `${" ".repeat(12)}| not read on: ${error.message}`;
  }
}

/** Prints, for as long as anybody reads. */
async function print(lines: Generator<string, boolean>): Promise<number> {
  const writer = Deno.stdout.writable.getWriter();
  const encoder = new TextEncoder();
  try {
    for (;;) {
      const { done, value } = lines.next();
      if (done) return value ? 0 : EXIT_UNREAD;
      await writer.write(encoder.encode(`${value}\n`));
    }
  } catch (error) {
    // The reader of the pipe, such as head(1), has enough.
    if (error instanceof Deno.errors.BrokenPipe) return 0;
    throw error;
  } finally {
    writer.releaseLock();
  }
}
