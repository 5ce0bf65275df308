// deno-lint-ignore-file no-console -- a command speaks to its user
/**
 * `deno task report`: shows a result file again, as a page or in another format.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { optionReaders } from "./option_readers.ts";
import { OUTPUT_OPTIONS, type OutputFiles, readOutputFiles, writeOutputs } from "./outputs.ts";
import { HELP } from "./report_help.ts";
import { requireWritable } from "./require_writable.ts";
import { parseResult, ResultError } from "./result.ts";

const EXIT_USAGE = 2;

/** A command line that cannot be carried out. */
class UsageError extends Error {}

const { wrong, refuseUnknown, refuseEmpty } = optionReaders("make a report", UsageError);

/** Runs the subcommand; resolves with its exit code. */
export async function reportCommand(args: readonly string[]): Promise<number> {
  try {
    return await report(args);
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof ResultError)) throw error;
    console.error(`${error.message}\nSee deno task report --help.`);
    return EXIT_USAGE;
  }
}

async function report(args: readonly string[]): Promise<number> {
  const unknown: string[] = [];
  const { _: files, help, ...values } = parseArgs([...args], {
    boolean: ["help"],
    string: [...OUTPUT_OPTIONS, "_"],
    unknown: (argument) => argument.startsWith("-") ? (unknown.push(argument), false) : true,
  });
  if (help) {
    console.log(HELP);
    return 0;
  }
  refuseUnknown(unknown[0], ["help", ...OUTPUT_OPTIONS]);
  refuseEmpty(values);
  const [file, otherFile, ...more] = files.map(String);
  if (file === undefined) throw wrong("RESULT.json", "a file", "none");
  if (more.length > 0) throw wrong("OTHER.json", "one file", `${more.length + 1}`);
  const asked = readOutputFiles(values);
  const isAsked = Object.values(asked).some((path) => path !== null);
  const outputs = isAsked ? asked : { ...asked, html: pageOf(file) };
  const text = await readText(file);
  await requireWritable({ ...outputs });
  if (isChaosResult(text)) return await reportChaos(text, file, outputs, otherFile);
  const result = parseResult(text, file);
  const beside = otherFile === undefined ? null : parseResult(await readText(otherFile), otherFile);
  for (const line of await writeOutputs(result, outputs, beside)) console.log(line);
  return tellWritten(outputs);
}

/** A result of chaos: it has no clock, and no page requests that a trace could show. */
async function reportChaos(
  text: string,
  file: string,
  outputs: OutputFiles,
  otherFile: string | undefined,
): Promise<number> {
  if (otherFile !== undefined) {
    throw wrong("OTHER.json", "none beside a result of chaos", otherFile);
  }
  const { trace, ...files } = outputs;
  if (trace !== null) throw wrong("--trace", "a result of the bench", "one of chaos");
  const { parseChaosResult } = await import("./chaos_result.ts");
  const { writeChaosOutputs } = await import("./chaos_outputs.ts");
  for (const line of await writeChaosOutputs(parseChaosResult(text, file), files)) {
    console.log(line);
  }
  return tellWritten(files);
}

function tellWritten(files: Readonly<Record<string, string | null>>): number {
  for (const path of Object.values(files)) if (path !== null) console.log(`Wrote ${path}`);
  return 0;
}

/** The page's file where none was asked for: beside the result. */
function pageOf(file: string): string {
  return `${file.replace(/\.json$/, "")}.html`;
}

async function readText(file: string): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new ResultError(`Cannot read ${file}: ${error.message}`);
  }
}

/** Whether a file says that it is of chaos. What is no result at all is refused as one of the bench. */
function isChaosResult(text: string): boolean {
  try {
    return String(JSON.parse(text)?.schema).startsWith("faultline/chaos/");
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
