/**
 * The part of the command line that says which engines migrate.
 *
 * @module
 */

import type { ClockKind } from "../lib/measure/metric.ts";
import { EMBEDDED_PAIR, type EngineChoice, type EngineChoices } from "../lib/pair/pair.ts";
import type { Side } from "../lib/qapi/migration_status.ts";
import { QEMU } from "../lib/qemu/qemu_arguments.ts";
import { type Address, AddressError, formatAddress, parseAddress } from "../lib/world/address.ts";
import { didYouMean } from "../lib/report/nearest.ts";
import { wrong } from "./usage_error.ts";

/** The options, all of which take a value. */
export const ENGINE_OPTIONS = [
  "source",
  "destination",
  "qemu",
  "qemu-source",
  "qemu-destination",
  "qemu-args",
  "attach-source",
  "attach-destination",
] as const;

/** Their values, as given. */
export type EngineValues = { readonly [O in typeof ENGINE_OPTIONS[number]]?: string | undefined };

/** A QEMU that we start. */
export type QemuChoice = Extract<EngineChoice, { kind: "qemu" }>;

const KINDS = ["embedded", "qemu"] as const;
const SIDES = ["source", "destination"] as const satisfies readonly Side[];

/**
 * Reads them. A side whose program is named is a QEMU without `--source qemu` being said.
 *
 * @throws {UsageError} naming the option and what was expected.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(readEngines({ "qemu-destination": "/opt/qemu", "qemu-args": "-cpu max" }, "real"), {
 *   source: { kind: "embedded" },
 *   destination: { kind: "qemu", program: "/opt/qemu", extraArguments: ["-cpu", "max"] },
 * });
 * ```
 */
export function readEngines(values: EngineValues, clock: ClockKind): EngineChoices {
  if (SIDES.some((side) => values[`attach-${side}`] !== undefined)) {
    return readAttached(values, clock);
  }
  const engines = {
    source: readSide("source", values),
    destination: readSide("destination", values),
  };
  const isOurs = SIDES.every((side) => engines[side].kind === "embedded");
  if (!isOurs && clock === "virtual") {
    throw wrong("--clock", "real where a side is a QEMU", '"virtual"');
  }
  const idle = (["qemu", "qemu-args"] as const).find((option) => values[option] !== undefined);
  if (isOurs && idle !== undefined) {
    throw wrong(`--${idle}`, "--source qemu or --destination qemu beside it", "neither");
  }
  return isOurs ? EMBEDDED_PAIR : engines;
}

/**
 * Reads the QEMUs of the suite `qemu`, each of which is both sides: `--qemu A,B`, or the one of the system.
 *
 * @throws {UsageError} naming the option and what was expected.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const programs = readQemus({ qemu: "qemu-system-x86_64,/opt/qemu" }, "real").map((one) => one.program);
 * assertEquals(programs, ["qemu-system-x86_64", "/opt/qemu"]);
 * ```
 */
export function readQemus(values: EngineValues, clock: ClockKind): QemuChoice[] {
  if (clock === "virtual") throw wrong("--clock", "real with --suite qemu", '"virtual"');
  const { qemu = QEMU, "qemu-args": args, ...others } = values;
  const other = SIDES.flatMap((side) => [side, `qemu-${side}`, `attach-${side}`] as const)
    .find((option) => others[option] !== undefined);
  if (other !== undefined) {
    throw wrong(`--${other}`, "--qemu PROGRAM,... with --suite qemu", `--${other}`);
  }
  const programs = qemu.split(",");
  if (programs.includes("")) throw wrong("--qemu", "programs, separated by commas", `"${qemu}"`);
  return programs.map((program) => ({
    kind: "qemu",
    program,
    extraArguments: readArguments(args),
  }));
}

/** The options that ask for these QEMUs in the suite `qemu`, as one types them; each begins with a space. */
export function formatQemus(qemus: readonly QemuChoice[]): string {
  const [first] = qemus;
  const programs = qemus.map(({ program = QEMU }) => program).join(",");
  return ` --qemu ${programs}${formatArguments(first?.extraArguments)}`;
}

/** The options that ask for these engines, as one types them; each begins with a space. */
export function formatEngines(engines: EngineChoices): string {
  return SIDES.flatMap((side) => {
    const choice = engines[side];
    if (choice.kind === "attached") {
      const monitors = [choice.qmp, ...choice.probed === null ? [] : [choice.probed]];
      return ` --attach-${side} ${monitors.map(formatAddress).join(",")}`;
    }
    if (choice.kind === "embedded") return [];
    const { program, extraArguments } = choice;
    return [
      program === QEMU ? ` --${side} qemu` : ` --qemu-${side} ${program}`,
      formatArguments(extraArguments),
    ];
  }).filter((option, index, all) => all.indexOf(option) === index).join("");
}

/** QEMUs that somebody else started: both sides, or none. */
function readAttached(values: EngineValues, clock: ClockKind): EngineChoices {
  if (clock === "virtual") throw wrong("--clock", "real where QEMUs are attached", '"virtual"');
  const read = (side: Side): EngineChoice => {
    const given = values[`attach-${side}`];
    if (given === undefined) {
      const other = side === "source" ? "destination" : "source";
      throw wrong(`--attach-${other}`, `--attach-${side} beside it`, "none");
    }
    const [qmp, probed, ...others] = given.split(",").map((text) => readMonitor(side, text));
    if (qmp !== undefined && others.length === 0) {
      return { kind: "attached", qmp, probed: probed ?? null };
    }
    throw wrong(`--attach-${side}`, "one or two addresses, separated by a comma", `"${given}"`);
  };
  const choices = { source: read("source"), destination: read("destination") };
  const other = ENGINE_OPTIONS.find((option) =>
    !option.startsWith("attach-") && values[option] !== undefined
  );
  if (other === undefined) return choices;
  throw wrong(`--${other}`, "no --attach-source beside it", "both");
}

function readMonitor(side: Side, text: string): Address {
  try {
    const address = parseAddress(text);
    if (address.kind === "unix" || isOfThisHost(address.host)) return address;
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
  }
  throw wrong(
    `--attach-${side}`,
    "QMP of this host, whose clock both sides go by: unix:PATH or tcp:127.0.0.1:PORT",
    `"${text}"`,
  );
}

function isOfThisHost(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\./.test(host);
}

function readSide(side: Side, values: EngineValues): EngineChoice {
  const { [side]: given, [`qemu-${side}` as const]: own, qemu, "qemu-args": args } = values;
  const kind = given ?? (own === undefined ? "embedded" : "qemu");
  if (kind !== "embedded" && kind !== "qemu") {
    throw wrong(`--${side}`, `one of ${KINDS.join(", ")}`, `"${kind}"${didYouMean(kind, KINDS)}`);
  }
  if (kind === "embedded") {
    if (own === undefined) return { kind };
    throw wrong(`--qemu-${side}`, `--${side} qemu`, `--${side} embedded`);
  }
  return { kind, program: own ?? qemu ?? QEMU, extraArguments: readArguments(args) };
}

function readArguments(args = ""): string[] {
  return args.split(/\s+/).filter((word) => word !== "");
}

function formatArguments(args: readonly string[] = []): string {
  return args.length > 0 ? ` --qemu-args='${args.join(" ")}'` : "";
}
