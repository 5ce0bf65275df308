/**
 * A stand-in for `@std/cli/parse-args` with what Faultline calls of it, over the tokens of `node:util` parseArgs. The one hard thing
 * in it: node takes the word after an option for its value by the option's declared type, std by the look of that word. So node is
 * told of no types at all, and the values are attached here. Not supported: values glued to a one-letter option (`-n5`), and dotted
 * names as paths.
 *
 * @module
 */

import { parseArgs as tokenize } from "node:util";
import type { Args, ParseOptions } from "./types.ts";

type AnyOptions = ParseOptions<
  string,
  string,
  string,
  string,
  Record<string, unknown>,
  string,
  boolean
>;

/** The options in a form that can be asked. Every set holds aliases too. */
interface Names {
  readonly aliases: ReadonlyMap<string, ReadonlySet<string>>;
  readonly booleans: ReadonlySet<string>;
  readonly strings: ReadonlySet<string>;
  readonly collected: ReadonlySet<string>;
  readonly negatable: ReadonlySet<string>;
}

/** One option as given, its value not yet converted. `text` is `undefined` where it came without one. */
interface GivenOption {
  readonly arg: string;
  readonly name: string;
  readonly text: string | undefined;
}

/**
 * Reads command line arguments.
 *
 * An option's value is `--name=value` or the next argument unless that begins with `-`. Values that look like a number become one,
 * unless the option is listed under `string`; a `string` option without a value is `""`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const args = parseArgs(["bench", "--runs", "5", "--quiet", "--threshold=a < 1", "--threshold=b < 2"], {
 *   boolean: ["quiet"],
 *   string: ["runs", "threshold"],
 *   collect: ["threshold"],
 * });
 * assertEquals(args, { _: ["bench"], quiet: true, runs: "5", threshold: ["a < 1", "b < 2"] });
 * ```
 */
export function parseArgs<
  B extends string = never,
  S extends string = never,
  C extends string = never,
  N extends string = never,
  // deno-lint-ignore ban-types -- no default is no field
  D extends Record<string, unknown> = {},
  A extends string = never,
  DD extends boolean = false,
>(args: string[], options: ParseOptions<B, S, C, N, D, A, DD> = {}): Args<B, S, C, D, DD> {
  const loose = options as AnyOptions;
  const names = readNames(loose);
  const values = new Map<string, unknown>();
  const { tokens } = tokenize({ args, options: {}, strict: false, tokens: true });
  const rest: (string | number)[] = [];
  const afterDashes: string[] = [];
  let dashes = false;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    if (token.kind === "option-terminator") {
      dashes = true;
    } else if (token.kind === "option") {
      const next = tokens[i + 1];
      const word = next?.kind === "positional" ? next.value : undefined;
      const takes = token.value === undefined && word !== undefined &&
        takesWord(token.name, word, names);
      if (takes) i++;
      const arg = token.value === undefined ? token.rawName : `${token.rawName}=${token.value}`;
      setOption({ arg, name: token.name, text: takes ? word : token.value }, values, names, loose);
    } else if (dashes) {
      if (options["--"]) afterDashes.push(token.value);
      else rest.push(token.value);
    } else if (options.unknown?.(token.value) !== false) {
      rest.push(names.strings.has("_") ? token.value : numberOrText(token.value));
    }
  }
  setDefaults(values, names, loose);
  values.set("_", rest);
  if (options["--"]) values.set("--", afterDashes);
  return Object.fromEntries(values) as Args<B, S, C, D, DD>;
}

/** Whether the option `name`, given without `=`, has the next argument `word` for its value. */
function takesWord(name: string, word: string, names: Names): boolean {
  if (isNegation(name, names)) return false;
  if (names.booleans.has(name)) return word === "true" || word === "false";
  return !word.startsWith("-");
}

function isNegation(name: string, names: Names): boolean {
  return name.startsWith("no-") && names.negatable.has(name.slice(3));
}

function setOption(
  given: GivenOption,
  values: Map<string, unknown>,
  names: Names,
  options: AnyOptions,
): void {
  if (given.text === undefined && isNegation(given.name, names)) {
    for (const key of namesOf(given.name.slice(3), names)) values.set(key, false);
    return;
  }
  const { name } = given;
  const value = convert(given, names);
  const known = names.booleans.has(name) || names.strings.has(name) ||
    names.collected.has(name) || names.aliases.has(name);
  if (!known && options.unknown?.(given.arg, name, value) === false) return;
  const earlier = values.get(name);
  const repeated = Array.isArray(earlier) ? [...earlier, value] : [value];
  for (const key of namesOf(name, names)) {
    values.set(key, names.collected.has(name) ? repeated : value);
  }
}

function convert({ name, text }: GivenOption, names: Names): unknown {
  if (names.strings.has(name)) return text ?? "";
  if (names.booleans.has(name)) return text !== "false";
  return text === undefined ? true : numberOrText(text);
}

function numberOrText(text: string): number | string {
  const number = /^(?:0x[0-9a-f]+|[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?)$/i;
  return number.test(text) ? Number(text) : text;
}

function setDefaults(values: Map<string, unknown>, names: Names, options: AnyOptions): void {
  for (const [name, value] of Object.entries(options.default ?? {})) {
    for (const key of namesOf(name, names)) if (!values.has(key)) values.set(key, value);
  }
  for (const name of names.collected) if (!values.has(name)) values.set(name, []);
  for (const name of names.booleans) if (!values.has(name)) values.set(name, false);
}

function readNames(options: AnyOptions): Names {
  const aliases = new Map<string, ReadonlySet<string>>();
  for (const [name, others] of Object.entries(options.alias ?? {})) {
    const group = new Set([name, ...list(others)]);
    for (const member of group) aliases.set(member, group);
  }
  const withAliases = (names: string | ReadonlyArray<string> | undefined) =>
    new Set(list(names).flatMap((name) => [...(aliases.get(name) ?? [name])]));
  return {
    aliases,
    booleans: withAliases(options.boolean),
    strings: withAliases(options.string),
    collected: withAliases(options.collect),
    negatable: withAliases(options.negatable),
  };
}

function namesOf(name: string, names: Names): Iterable<string> {
  return names.aliases.get(name) ?? [name];
}

function list(names: string | ReadonlyArray<string> | undefined): ReadonlyArray<string> {
  if (names === undefined) return [];
  return typeof names === "string" ? [names] : names;
}
