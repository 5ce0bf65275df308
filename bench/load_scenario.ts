/**
 * Loads a scenario: YAML to a `Scenario`, with every arm filled in and checked. The hard thing is that nothing may be found out only when
 * the run gets there: commands, conditions, guests, selectors and templates are all read here, for every arm, so that whatever a file
 * gets wrong is told with its place before anything has run.
 *
 * @module
 */

import type { z } from "zod";
import type { ClockKind } from "../lib/measure/metric.ts";
import { METRICS } from "../lib/measure/metrics.ts";
import { readGuest } from "../lib/ram/guest_spec.ts";
import { layoutBlocks, type RamBlockSize } from "../lib/ram/ram_block.ts";
import { parseRamSize } from "../lib/ram/ram_size.ts";
import type { Arm } from "../lib/report/arm.ts";
import { bindThreshold, termsOf } from "./bind_expression.ts";
import { parseThreshold, type Threshold } from "./expression.ts";
import { FieldError, FieldReader } from "./field_reader.ts";
import { armsOf } from "./fill_arm.ts";
import { type Meaning, parseMeaning } from "./meaning.ts";
import { readShim } from "./read_shim.ts";
import { readStep } from "./read_step.ts";
import { readTime } from "./read_time.ts";
import type { Scenario, ScenarioArm, WarmUp } from "./scenario.ts";
import { ARMS, SCENARIO } from "./scenario_schema.ts";
import { ScenarioError, ScenarioText } from "./scenario_text.ts";
import type { NamedArm } from "./select_arm.ts";

/** How long a scenario is warmed up that says nothing of it. */
const WARM_UP_US = 1_000_000;

/** Probes that are due more often do nothing but load what they measure. */
const SHORTEST_INTERVAL_US = 100;

/**
 * Reads a scenario file.
 *
 * @throws {ScenarioError} when it cannot be read, or is no scenario.
 */
export async function loadScenario(file: string | URL): Promise<Scenario> {
  try {
    return parseScenario(await Deno.readTextFile(file), String(file));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.IsADirectory)) {
      throw error;
    }
    throw new ScenarioError(`Cannot read scenario ${file}: expected a file, received nothing`);
  }
}

/**
 * Reads a scenario from its text.
 *
 * @param file what the text is called in errors.
 * @throws {ScenarioError} naming file, line, column and field, what was expected and what is there.
 *
 * @example
 * ```ts
 * import { assertThrows } from "@std/assert";
 * const message = "x.yaml:1:7: name: expected text, received 3";
 * assertThrows(() => parseScenario("name: 3", "x.yaml"), Error, message);
 * ```
 */
export function parseScenario(text: string, file: string): Scenario {
  const source = new ScenarioText(text, file);
  const axes = FieldReader.ofFile(source).at("arms").check(ARMS.optional()) ?? {};
  const arms = armsOf(axes);
  const readers = arms.map((arm) => FieldReader.ofArm(source, arm));
  const [reader] = readers;
  const fields = reader!.check(SCENARIO);
  const named = arms.map((arm) => ({ scenario: fields.name, arm }));
  const filled = readers.map((reader, index) => readArm(reader, arms[index]!));
  return {
    name: fields.name,
    question: fields.question,
    file,
    text,
    processPerRun: fields["process-per-run"] ?? false,
    warmUp: readWarmUp(readers.map((one) => one.at("warm-up")), fields["warm-up"] ?? {}, filled),
    show: fields.show,
    arms: filled,
    thresholds: {
      real: readThresholds(reader!, "real", named),
      virtual: readThresholds(reader!, "virtual", named),
    },
    meaning: {
      real: readMeaning(reader!, "real", named),
      virtual: readMeaning(reader!, "virtual", named),
    },
  };
}

function readArm(reader: FieldReader, arm: Arm): ScenarioArm {
  const fields = reader.check(SCENARIO);
  return {
    arm,
    guest: reader.at("guest").read(() => readGuest(fields.guest)),
    ram: readRam(reader.at("ram"), fields.ram),
    transport: fields.transport ?? "unix",
    probes: readProbes(reader.at("probes"), fields.probes ?? {}),
    capabilities: fields.capabilities ?? {},
    parameters: parametersOf(fields.parameters ?? {}),
    shim: readShim(reader.at("shim"), fields.shim ?? []),
    steps: fields.steps.flatMap((_, index) => {
      const action = readStep(reader.at("steps").at(index));
      return action === null ? [] : { ...action, number: index + 1 };
    }),
  };
}

function readWarmUp(
  readers: readonly FieldReader[],
  { for: time, arms: when }: NonNullable<z.output<typeof SCENARIO>["warm-up"]>,
  arms: readonly ScenarioArm[],
): WarmUp {
  const meant = arms.filter((_, index) => readers[index]!.fits(when, "arms"));
  const [reader] = readers;
  reader!.at("arms").read(() => {
    if (meant.length > 0) return;
    throw new FieldError(`expected values that an arm has, received ${JSON.stringify(when)}`);
  });
  return {
    forUs: time === undefined ? WARM_UP_US : readTime(time, reader!.at("for")),
    arms: meant,
  };
}

function readRam(
  reader: FieldReader,
  ram: string | Readonly<Record<string, string>>,
): RamBlockSize[] {
  if (typeof ram === "string") {
    return [{ name: "ram", bytes: reader.read(() => parseRamSize(ram)) }];
  }
  const blocks = Object.entries(ram).map(([name, size]) => ({
    name,
    bytes: reader.at(name).read(() => parseRamSize(size)),
  }));
  reader.read(() => layoutBlocks(blocks));
  return blocks;
}

function readProbes(
  reader: FieldReader,
  probes: NonNullable<z.output<typeof SCENARIO>["probes"]>,
): ScenarioArm["probes"] {
  if (probes === "none") return null;
  const { "main-loop": loop, qmp } = probes;
  return {
    ...loop !== undefined && { loopIntervalUs: readInterval(loop, reader.at("main-loop")) },
    ...qmp !== undefined && { qmpIntervalUs: readInterval(qmp, reader.at("qmp")) },
  };
}

function readInterval(text: string, reader: FieldReader): number {
  const us = readTime(text, reader);
  return reader.read(() => {
    if (us >= SHORTEST_INTERVAL_US) return us;
    throw new FieldError(`expected at least 100us, received ${JSON.stringify(text)}`);
  });
}

type Parameters = NonNullable<z.output<typeof SCENARIO>["parameters"]>;

/** Without those that are not given, as QMP has them. */
function parametersOf(parameters: Parameters): ScenarioArm["parameters"] {
  return JSON.parse(JSON.stringify(parameters));
}

function readThresholds(
  reader: FieldReader,
  clock: ClockKind,
  arms: readonly NamedArm[],
): Threshold[] {
  const fields = reader.at("thresholds").at(clock);
  return [fields.value ?? []].flat().map((text, index) =>
    fields.at(index).read(() => {
      const threshold = bindThreshold(parseThreshold(String(text)), arms);
      for (const { metric } of [threshold.value, threshold.limit].flatMap(termsOf)) {
        if ((METRICS[metric].clocks as readonly ClockKind[]).includes(clock)) continue;
        throw new FieldError(`expected a metric of the ${clock} clock, received "${metric}"`);
      }
      return threshold;
    })
  );
}

function readMeaning(
  reader: FieldReader,
  clock: ClockKind,
  arms: readonly NamedArm[],
): Meaning | null {
  const field = reader.at("meaning").at(clock);
  if (typeof field.value !== "string") return null;
  const template = field.value;
  return field.read(() => parseMeaning(template, arms));
}
